package io.hourmeter.benchmarks;

/** A position that its neighbour in front is kept away from; a subclass does the same behind. */
class Position extends PaddingInFront {

    /** A long: a smaller field would be moved into a gap in front of the padding. */
    long next;
}

/** Fields of a superclass come first. */
@SuppressWarnings("UnusedVariable")
class PaddingInFront {

    long p1;
    long p2;
    long p3;
    long p4;
    long p5;
    long p6;
    long p7;
    long p8;
}
