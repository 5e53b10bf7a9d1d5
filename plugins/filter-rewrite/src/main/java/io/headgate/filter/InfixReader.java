package io.headgate.filter;

import java.util.ArrayList;
import java.util.List;

/** Reads what stands between words for AND and OR, of which the first binds closer. */
abstract class InfixReader {

    final TextCursor in;

    InfixReader(TextCursor in) {
        this.in = in;
    }

    abstract boolean takesOr();

    abstract boolean takesAnd();

    /** A condition, or what begins with a bracket. */
    abstract Draft term(int depth);

    final Draft whole() {
        Draft filter = either(1);
        if (!in.isAtEnd()) {
            throw in.wrong("an operator between conditions, or the end");
        }
        return filter;
    }

    final Draft either(int depth) {
        List<Draft> members = new ArrayList<>();
        do {
            members.add(both(depth));
        } while (takesOr());
        return in.joined(false, members);
    }

    private Draft both(int depth) {
        List<Draft> members = new ArrayList<>();
        do {
            in.skipSpaces();
            members.add(term(depth));
            in.skipSpaces();
        } while (takesAnd());
        return in.joined(true, members);
    }

    /** What stands in a bracket that was opened. */
    final Draft group(int depth) {
        in.budget().depth(depth, in.pointer());
        Draft group = either(depth + 1);
        in.require(")");
        return group;
    }
}
