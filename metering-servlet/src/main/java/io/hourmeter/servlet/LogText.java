package io.hourmeter.servlet;

/** What keeps a request from writing the log: its texts are cleaned. */
final class LogText {

    /** Longest text of a request that a log line repeats: enough to find the place, too little to fill a disk. */
    private static final int MAX_LENGTH = 120;

    private LogText() {}

    /**
     * A text of the request in a form that cannot end the line, colour a terminal or turn the reading direction.
     *
     * @param text anything
     * @return at most 120 characters of visible ASCII, the rest replaced
     */
    static String clean(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            char c = text.charAt(i);
            clean.append(c > ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > MAX_LENGTH ? clean.append("...").toString() : clean.toString();
    }
}
