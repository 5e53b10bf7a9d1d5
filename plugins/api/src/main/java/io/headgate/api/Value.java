package io.headgate.api;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** A value of a field, in the one form that all its spellings share. */
public sealed interface Value {

    /** As clients write it, in its one canonical spelling. */
    String text();

    /** As drivers bind it. */
    Object bound();

    record Text(String bound) implements Value {
        @Override
        public String text() {
            return bound;
        }
    }

    record Whole(Long bound) implements Value {
        @Override
        public String text() {
            return bound.toString();
        }
    }

    /** Equal numbers are equal here, however many zeros they end in. */
    record Decimal(BigDecimal bound) implements Value {
        public Decimal {
            bound = bound.signum() == 0 ? BigDecimal.ZERO : bound.stripTrailingZeros();
        }

        @Override
        public String text() {
            return bound.toPlainString();
        }
    }

    record Truth(Boolean bound) implements Value {
        @Override
        public String text() {
            return bound.toString();
        }
    }

    record Uuid(java.util.UUID bound) implements Value {
        @Override
        public String text() {
            return bound.toString();
        }
    }

    record Moment(Instant instant) implements Value {
        @Override
        public String text() {
            return instant.toString();
        }

        @Override
        public Object bound() {
            return instant.atOffset(ZoneOffset.UTC);
        }
    }

    record Day(LocalDate bound) implements Value {
        @Override
        public String text() {
            return bound.toString();
        }
    }
}
