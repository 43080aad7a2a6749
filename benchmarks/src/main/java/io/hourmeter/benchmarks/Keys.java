package io.hourmeter.benchmarks;

import java.util.SplittableRandom;

/** License keys by number: the same ones in every process of a measurement. */
final class Keys {

    private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int GROUPS = 3;
    private static final int GROUP_LENGTH = 8;

    /** The length of every {@link #text}. */
    static final int LENGTH = "RL".length() + GROUPS * (1 + GROUP_LENGTH);

    private Keys() {}

    /** The text of a key. */
    static String text(int number) {
        SplittableRandom random = new SplittableRandom(number);
        StringBuilder text = new StringBuilder(LENGTH).append("RL");
        for (int group = 0; group < GROUPS; group++) {
            text.append('-');
            for (int i = 0; i < GROUP_LENGTH; i++) {
                text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
            }
        }
        return text.toString();
    }

    /** All numbers below a bound in an order without a pattern, the same one each time. */
    static int[] shuffled(int bound) {
        int[] numbers = new int[bound];
        SplittableRandom random = new SplittableRandom(bound);
        for (int i = 0; i < bound; i++) {
            int other = random.nextInt(i + 1);
            numbers[i] = numbers[other];
            numbers[other] = i;
        }
        return numbers;
    }
}
