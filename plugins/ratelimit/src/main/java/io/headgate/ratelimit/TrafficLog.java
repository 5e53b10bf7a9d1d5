package io.headgate.ratelimit;

import io.headgate.ratelimit.Traffic.Block;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * What all instances saw of late, as far as it can be had.
 *
 * @param blocks by instance, oldest first; one that is not heard of has none
 */
record TrafficLog(Map<String, List<Block>> blocks) {

    List<Block> all() {
        return blocks.values().stream().flatMap(List::stream).toList();
    }

    /** This instance's own traffic comes from its memory, that of the others from where they publish it. */
    static CompletableFuture<TrafficLog> gather(Store store, Fleet fleet, Traffic traffic, int latest) {
        long present = traffic.presentBlock();
        List<String> others =
                fleet.live().stream().filter(name -> !name.equals(fleet.name())).toList();
        List<String> names = new ArrayList<>();
        for (String other : others) {
            for (long block = present - latest + 1; block <= present; block++) {
                names.add(other + ":" + block);
            }
        }
        return store.published(names)
                .exceptionally(failure -> names.stream().map(name -> "").toList())
                .thenApply(texts -> {
                    Map<String, List<Block>> blocks = new LinkedHashMap<>();
                    blocks.put(
                            fleet.name(),
                            traffic.own().stream()
                                    .filter(block -> block.number() > present - latest)
                                    .toList());
                    for (int i = 0; i < others.size(); i++) {
                        blocks.put(others.get(i), read(texts.subList(i * latest, (i + 1) * latest)));
                    }
                    return new TrafficLog(blocks);
                });
    }

    private static List<Block> read(List<String> texts) {
        return texts.stream().filter(text -> !text.isEmpty()).map(Block::read).collect(Collectors.toList());
    }
}
