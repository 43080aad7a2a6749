package io.hourmeter.usage.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index beside a hash map, and lists of few beside lists. */
class IndexTest {

    private static final long SEED = 20261123L;
    private static final int STEPS = 100_000;

    private final SplittableRandom random = new SplittableRandom(SEED);

    /**
     * A key whose hash collides as often as wanted.
     *
     * @param number its identity
     * @param hashes how many hashes there are
     */
    private record Key(int number, int hashes) {

        @Override
        public int hashCode() {
            // At the end of every table, so that searches go over it.
            return -1 - number % hashes;
        }
    }

    private record Member(Key key) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50, 1_000_000})
    void anIndexHoldsWhatWasAddedAndNotRemoved(int hashes) {
        Index<Key, Member> index = new Index<>(Member::key);
        Map<Key, Member> map = new HashMap<>();
        for (int i = 0; i < STEPS; i++) {
            Key key = new Key(random.nextInt(90), hashes);
            Member there = map.get(key);
            assertThat(index.find(key)).as("seed %d, step %d", SEED, i).isSameAs(there);
            if (there == null) {
                Member fresh = new Member(key);
                index.add(fresh);
                map.put(key, fresh);
                assertThat(index.remove(new Member(key))).isFalse();
            } else {
                assertThat(index.remove(there)).isTrue();
                assertThat(index.remove(there)).isFalse();
                map.remove(key);
            }
            assertThat(index.size()).isEqualTo(map.size());
        }
        assertThat(index.all(member -> true)).containsExactlyInAnyOrderElementsOf(map.values());
        assertThat(index.all(member -> member.key().number() < 20))
                .allSatisfy(member -> assertThat(member.key().number()).isLessThan(20));
    }

    @Test
    void everyMemberGetsItsTurn() {
        Index<Key, Member> index = new Index<>(Member::key);
        assertThat(index.next(member -> true)).isNull();
        for (int i = 0; i < 100; i++) {
            index.add(new Member(new Key(i, 7)));
        }
        List<Member> seen = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            seen.add(index.next(member -> true));
        }
        assertThat(seen).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(index.next(member -> member.key().number() == 42)).isEqualTo(new Member(new Key(42, 7)));
        assertThat(index.next(member -> false)).isNull();
    }

    @Test
    void aListOfFewIsTheListOfItsMembers() {
        Object few = null;
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(Few.<Integer>list(few)).as("seed %d, step %d", SEED, i).isEqualTo(all);
            Integer member = random.nextInt(5);
            if (all.contains(member) || random.nextBoolean()) {
                few = Few.without(few, member);
                all.remove(member);
            } else {
                few = Few.with(few, member);
                all.add(member);
            }
        }
    }
}
