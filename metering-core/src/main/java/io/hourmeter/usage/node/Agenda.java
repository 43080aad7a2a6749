package io.hourmeter.usage.node;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Leases in the order in which something happens to them: a binary heap whose members know their place, so that one can
 * be taken out of the middle. Of two at the same moment the older comes first, so that runs with the same seed are the
 * same. Owned by {@link Dispatch}.
 */
final class Agenda {

    private static final int INITIAL = 16;

    private @Nullable Lease[] heap = new Lease[INITIAL];
    private int size;

    /** The lease that is due first, or null. */
    @Nullable Lease first() {
        return heap[0];
    }

    /** Adds a lease that is not on an agenda; its {@code dueAt} must not change until it is removed. */
    void add(Lease lease) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        size++;
        up(size - 1, lease);
    }

    /** Removes a lease if it is here. */
    void remove(Lease lease) {
        int hole = lease.onAgenda;
        if (hole == Lease.NOT_ON_AGENDA) {
            return;
        }
        lease.onAgenda = Lease.NOT_ON_AGENDA;
        size--;
        Lease moved = heap[size];
        heap[size] = null;
        if (moved != null && moved != lease) {
            Lease parent = heap[(hole - 1) / 2];
            if (hole > 0 && parent != null && before(moved, parent)) {
                up(hole, moved);
            } else {
                down(hole, moved);
            }
        }
    }

    private void up(int start, Lease lease) {
        int place = start;
        while (place > 0) {
            int above = (place - 1) / 2;
            Lease parent = heap[above];
            if (parent == null || !before(lease, parent)) {
                break;
            }
            put(place, parent);
            place = above;
        }
        put(place, lease);
    }

    private void down(int start, Lease lease) {
        int place = start;
        while (true) {
            int below = 2 * place + 1;
            Lease child = at(below);
            Lease other = at(below + 1);
            if (child != null && other != null && before(other, child)) {
                child = other;
                below++;
            }
            if (child == null || !before(child, lease)) {
                break;
            }
            put(place, child);
            place = below;
        }
        put(place, lease);
    }

    private @Nullable Lease at(int place) {
        return place < size ? heap[place] : null;
    }

    private void put(int place, Lease lease) {
        heap[place] = lease;
        lease.onAgenda = place;
    }

    private static boolean before(Lease one, Lease other) {
        return one.dueAt < other.dueAt || (one.dueAt == other.dueAt && one.serial < other.serial);
    }
}
