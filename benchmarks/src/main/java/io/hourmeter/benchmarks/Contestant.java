package io.hourmeter.benchmarks;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Something that is asked once for each request, by the text of its key. */
@State(Scope.Benchmark)
public abstract class Contestant {

    /** How many keys are in use. */
    @Param({"1", "10000", "1000000"})
    public int keys;

    /**
     * The texts in an order without a pattern. Asked in the order of their allocation, a million keys would measure
     * how the collector happened to lay them out; in this order every look-up goes somewhere else, as with customers.
     */
    String[] texts;

    /** Makes everything and lets the collector put it where it stays. */
    @Setup(Level.Trial)
    public void fill() {
        String[] inOrder = new String[keys];
        for (int i = 0; i < keys; i++) {
            inOrder[i] = Keys.text(i);
            add(inOrder[i]);
        }
        inOrder = settled(inOrder);
        texts = new String[keys];
        int[] order = Keys.shuffled(keys);
        for (int i = 0; i < keys; i++) {
            texts[i] = inOrder[order[i]];
        }
        System.gc();
    }

    /** Makes what belongs to a key, right after its text, so that both lie together. */
    abstract void add(String key);

    /** Called when all keys are there; answers the texts that requests bring from now on. */
    String[] settled(String[] keys) {
        return keys;
    }
}
