package io.headgate.pagination;

import java.util.List;
import java.util.Optional;

/** What is looked for in a page, and which of it the open objects may still lead to. Each may be found once. */
final class PageTargets {

    static final int NONE = -1;
    static final int ITEMS = 0;
    static final int TOTAL = 1;
    static final int NEXT = 2;
    static final int COUNT = 3;

    private final List<List<String>> paths;
    /** How much of each path the open containers are; -1 before the document's root. */
    private final int[] matched = {-1, -1, -1};

    private int seen;
    /** The targets that the next value may be on the way to, as bits. */
    private int ahead;

    PageTargets(List<String> items, Optional<List<String>> total, Optional<List<String>> next) {
        this.paths = List.of(items, total.orElse(List.of()), next.orElse(List.of()));
        this.ahead = 1 << ITEMS | (total.isPresent() ? 1 << TOTAL : 0) | (next.isPresent() ? 1 << NEXT : 0);
        for (int target = 0; target < COUNT; target++) {
            if (!isAhead(target)) {
                matched[target] = Integer.MIN_VALUE;
            }
        }
    }

    /** The target whose value begins within so many containers; those that lie further down stay ahead. */
    int here(int depth) {
        int here = NONE;
        for (int target = 0; ahead != 0 && target < COUNT; target++) {
            if (isAhead(target) && paths.get(target).size() == depth) {
                if (wasSeen(target)) {
                    throw Refusals.brokenAnswer("it has two values in one place");
                }
                seen |= 1 << target;
                here = target;
            }
        }
        return here;
    }

    /** Whether an object that begins here may have a target within. */
    boolean lieWithin(int depth) {
        for (int target = 0; ahead != 0 && target < COUNT; target++) {
            if (isAhead(target) && paths.get(target).size() > depth) {
                return true;
            }
        }
        return false;
    }

    /** Whether it matters what a member of the innermost object is called. */
    boolean areMembers(int depth) {
        for (int target = 0; target < COUNT; target++) {
            if (isMember(target, depth)) {
                return true;
            }
        }
        return false;
    }

    void named(String name, int depth) {
        ahead = 0;
        for (int target = 0; target < COUNT; target++) {
            if (isMember(target, depth) && paths.get(target).get(depth - 1).equals(name)) {
                ahead |= 1 << target;
            }
        }
    }

    /** @param depth containers around the one that opens */
    void opened(int depth) {
        for (int target = 0; target < COUNT; target++) {
            if (isAhead(target)) {
                matched[target] = depth;
            }
        }
        ahead = 0;
    }

    /** @param depth containers around the one that closes */
    void closed(int depth) {
        for (int target = 0; target < COUNT; target++) {
            if (matched[target] == depth) {
                matched[target]--;
            }
        }
    }

    /** The value that they were ahead of has ended. */
    void passed() {
        ahead = 0;
    }

    boolean wasSeen(int target) {
        return (seen & 1 << target) != 0;
    }

    private boolean isAhead(int target) {
        return (ahead & 1 << target) != 0;
    }

    private boolean isMember(int target, int depth) {
        return matched[target] == depth - 1 && paths.get(target).size() >= depth;
    }
}
