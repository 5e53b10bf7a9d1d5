package io.headgate.filter;

import java.util.List;

/** A filter as it was read, in whichever language: its form is right, and nothing in it is believed yet. */
sealed interface Draft {

    record Group(boolean isAll, List<Draft> members) implements Draft {}

    record Not(Draft negated) implements Draft {}

    /**
     * @param isList whether the values came as a list, even one of a single value
     * @param at where the condition stands
     */
    record Test(String field, String operator, List<Raw> values, boolean isList, Place at) implements Draft {}

    /** Where the parts of a condition stand; in the languages of one text they all stand in one place. */
    record Place(String field, String operator, String value) {

        static Place of(String pointer) {
            return new Place(pointer, pointer, pointer);
        }
    }

    /** A value that was written, before its field says what it means. */
    record Raw(Form form, String text, String at) {

        enum Form {
            /** In JSON, where the form tells something about the type. */
            STRING,
            NUMBER,
            BOOLEAN,
            NULL,
            COMPOUND,
            /** In OData, where quotes tell text from all else. */
            QUOTED,
            BARE,
            /** In a URL, where the field alone tells. */
            WORD
        }
    }
}
