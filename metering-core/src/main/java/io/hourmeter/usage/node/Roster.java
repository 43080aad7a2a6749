package io.hourmeter.usage.node;

import java.util.ArrayList;
import java.util.List;

/**
 * A set whose members know their place in it: four bytes for each instead of the forty of a linked set, and going over a
 * million of them waits for no pointer. The order changes when members leave. Not thread-safe.
 *
 * @param <T> what it holds; at most one roster at a time holds a member
 */
final class Roster<T extends Roster.Member> {

    /** Something that can be in one roster. */
    abstract static class Member {

        private static final int NOWHERE = -1;

        private int place = NOWHERE;
    }

    private final List<T> members = new ArrayList<>();

    int size() {
        return members.size();
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** The member at a place; all places below {@link #size()} are taken. */
    T get(int place) {
        return members.get(place);
    }

    /** Adds a member that is in no roster. */
    void add(T member) {
        place(member, members.size());
        members.add(member);
    }

    /** Removes a member, if it is one; the last one takes its place. */
    void remove(T member) {
        int place = placeOf(member);
        if (place == Member.NOWHERE) {
            return;
        }
        T last = members.remove(members.size() - 1);
        if (last != member) {
            members.set(place, last);
            place(last, place);
        }
        place(member, Member.NOWHERE);
    }

    /** The members of this moment. */
    List<T> snapshot() {
        return List.copyOf(members);
    }

    private static int placeOf(Member member) {
        return member.place;
    }

    private static void place(Member member, int place) {
        member.place = place;
    }
}
