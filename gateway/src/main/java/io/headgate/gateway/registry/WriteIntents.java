package io.headgate.gateway.registry;

import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What a request of the admin API wants. */
final class WriteIntents {

    private WriteIntents() {}

    static Intent of(WriteRequest.Put put) {
        return switch (Envelope.read(put.document())) {
            case SpecReader.Outcome.Invalid<Envelope>(List<SpecProblem> problems) ->
                throw new Problem.InvalidResource("The document is not a resource.", problems).asException();
            case SpecReader.Outcome.Valid<Envelope>(Envelope envelope) -> {
                List<SpecProblem> strays = strays(put, envelope);
                if (!strays.isEmpty()) {
                    throw new Problem.InvalidResource("The document is not the resource of this path.", strays)
                            .asException();
                }
                yield of(put, Optional.of(envelope.spec()), false);
            }
        };
    }

    private static List<SpecProblem> strays(WriteRequest.Put put, Envelope envelope) {
        List<SpecProblem> strays = new ArrayList<>();
        requireSame("/kind", put.kind().kind(), envelope.kind(), strays);
        requireSame("/metadata/team", put.id().team(), envelope.id().team(), strays);
        requireSame("/metadata/name", put.id().name(), envelope.id().name(), strays);
        return strays;
    }

    private static void requireSame(String pointer, String expected, String actual, List<SpecProblem> strays) {
        if (!expected.equals(actual)) {
            strays.add(new SpecProblem(pointer, "'" + actual + "' (expected: " + expected + ", as in the path)"));
        }
    }

    static Intent of(WriteRequest request, Optional<ObjectNode> spec, boolean restores) {
        return new Intent(
                request.kind(),
                request.id(),
                spec,
                restores,
                Resource.Origin.API,
                request.precondition(),
                request.actor());
    }
}
