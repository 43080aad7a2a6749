package io.hourmeter.usage.node;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list that nearly always has one member, in one field and with no object of its own: null for none, the member itself,
 * or an immutable list of several. Replaced, never changed, so that a volatile field may be read by any thread.
 */
final class Few {

    private Few() {}

    /** The members, in the order in which they were added. */
    @SuppressWarnings("unchecked") // the field that holds it is written with the results of this class only
    static <T> List<T> list(@Nullable Object few) {
        if (few == null) {
            return List.of();
        }
        return few instanceof List<?> several ? (List<T>) several : List.of((T) few);
    }

    /** With one more member, which must not be a list. */
    static Object with(@Nullable Object few, Object member) {
        if (few == null) {
            return member;
        }
        List<Object> more = new ArrayList<>(list(few));
        more.add(member);
        return List.copyOf(more);
    }

    /** Without a member, if it is one. */
    static @Nullable Object without(@Nullable Object few, Object member) {
        List<Object> fewer = new ArrayList<>(list(few));
        fewer.remove(member);
        return switch (fewer.size()) {
            case 0 -> null;
            case 1 -> fewer.get(0);
            default -> List.copyOf(fewer);
        };
    }
}
