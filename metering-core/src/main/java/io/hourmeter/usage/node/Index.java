package io.hourmeter.usage.node;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A hash table of things that know their key: seven bytes or so for each where a {@link java.util.HashMap} takes forty.
 * Open addressing with linear probing; whatever is removed leaves no trace. Not thread-safe.
 *
 * @param <K> what is looked up; its hash must be one that nobody can choose
 * @param <V> what is found
 */
final class Index<K, V> {

    private static final int INITIAL = 16;

    private final Function<V, K> keyOf;
    private @Nullable Object[] table = new Object[INITIAL];
    private int size;
    private int hand;

    /**
     * An empty index.
     *
     * @param keyOf the key of a member, the same for as long as it is one
     */
    Index(Function<V, K> keyOf) {
        this.keyOf = keyOf;
    }

    int size() {
        return size;
    }

    @Nullable V find(K key) {
        return at(place(key));
    }

    /** Adds a member whose key is not here yet. */
    void add(V value) {
        // At most three quarters are taken, so that a search ends soon.
        if (4 * (size + 1) > 3 * table.length) {
            grow();
        }
        table[place(keyOf.apply(value))] = value;
        size++;
    }

    /** Removes a member. False when it is none. */
    boolean remove(V value) {
        int hole = place(keyOf.apply(value));
        if (table[hole] != value) {
            return false;
        }
        size--;
        // Whoever was pushed on past the hole moves back into it, and so on until a place that is free.
        for (int next = after(hole); table[next] != null; next = after(next)) {
            int wanted = home(keyOf.apply(member(next)));
            boolean reachesHole = ((next - wanted) & (table.length - 1)) >= ((next - hole) & (table.length - 1));
            if (reachesHole) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = null;
        return true;
    }

    /** Some member for which something holds, or null. Goes on where the last search ended, so that all get their turn. */
    @Nullable V next(Predicate<V> wanted) {
        for (int i = 0; i < table.length; i++) {
            hand = after(hand);
            V value = at(hand);
            if (value != null && wanted.test(value)) {
                return value;
            }
        }
        return null;
    }

    /** All members for which something holds, now. */
    List<V> all(Predicate<V> wanted) {
        List<V> found = new ArrayList<>();
        for (int i = 0; i < table.length; i++) {
            V value = at(i);
            if (value != null && wanted.test(value)) {
                found.add(value);
            }
        }
        return found;
    }

    /** Where a key is, or would be. */
    private int place(K key) {
        int place = home(key);
        while (table[place] != null && !key.equals(keyOf.apply(member(place)))) {
            place = after(place);
        }
        return place;
    }

    private int home(K key) {
        int hash = key.hashCode();
        return (hash ^ (hash >>> 16)) & (table.length - 1);
    }

    private int after(int place) {
        return (place + 1) & (table.length - 1);
    }

    @SuppressWarnings("unchecked") // only add() writes
    private @Nullable V at(int place) {
        return (V) table[place];
    }

    private V member(int place) {
        V value = at(place);
        if (value == null) {
            throw new IllegalStateException("nothing is there");
        }
        return value;
    }

    private void grow() {
        @Nullable Object[] old = table;
        table = new Object[old.length * 2];
        size = 0;
        for (Object value : old) {
            if (value != null) {
                addAgain(value);
            }
        }
    }

    @SuppressWarnings("unchecked") // only add() writes
    private void addAgain(Object value) {
        add((V) value);
    }
}
