package io.hourmeter.benchmarks;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A thread's way through the keys. The position has a cache line to itself: sharing one with a hot session or with the
 * other thread's position would be measured instead.
 */
@State(Scope.Thread)
public class Walk extends Position {

    long q1;
    long q2;
    long q3;
    long q4;
    long q5;
    long q6;
    long q7;
    long q8;

    String key(Contestant contestant) {
        int index = (int) next;
        next = index + 1 == contestant.texts.length ? 0 : index + 1;
        return contestant.texts[index];
    }
}
