package io.hourmeter.config;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the known key that a misspelt one was probably meant to be. */
final class NearestKey {

    /** Names longer than this are cut before they are compared: the cost of a comparison is the product of the lengths. */
    private static final int LONGEST_COMPARED = 80;

    private NearestKey() {}

    /** One slip in a short key and two in a long one; with more, other programs' names are too near. */
    private static final int LETTERS_PER_SLIP = 9;

    /** Whether a name is so near to one of ours that it was surely meant to be it. */
    static boolean isNearly(String name) {
        String wanted = canonical(name);
        for (Setting<?> candidate : Settings.all()) {
            int slips = Math.max(1, Math.min(2, candidate.key().length() / LETTERS_PER_SLIP));
            if (Math.abs(wanted.length() - candidate.key().length()) <= slips
                    && distance(wanted, candidate.key()) <= slips) {
                return true;
            }
        }
        return false;
    }

    /** The setting whose key takes the fewest edits; the first in the order of the list among equals. */
    static Setting<?> to(String name) {
        String wanted = canonical(name);
        @Nullable Setting<?> nearest = null;
        int fewest = Integer.MAX_VALUE;
        for (Setting<?> candidate : Settings.all()) {
            int edits = distance(wanted, candidate.key());
            if (edits < fewest) {
                fewest = edits;
                nearest = candidate;
            }
        }
        return Objects.requireNonNull(nearest, "the list of settings is empty");
    }

    /** Case and the sign between words differ between the two ways to write a key, and are no misspelling. */
    private static String canonical(String name) {
        String cut = name.length() > LONGEST_COMPARED ? name.substring(0, LONGEST_COMPARED) : name;
        return cut.toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.');
    }

    /** Insertions, deletions, replacements and swaps of neighbours between two texts. */
    static int distance(String from, String to) {
        int[][] edits = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : cheapest(edits, from, i, to, j);
            }
        }
        return edits[from.length()][to.length()];
    }

    private static int cheapest(int[][] edits, String from, int i, String to, int j) {
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        int best = Math.min(edits[i - 1][j] + 1, edits[i][j - 1] + 1);
        best = Math.min(best, edits[i - 1][j - 1] + (same ? 0 : 1));
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
    }
}
