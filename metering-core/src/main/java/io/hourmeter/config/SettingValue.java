package io.hourmeter.config;

/**
 * The text of a setting and where it came from.
 *
 * @param text as given, comment and quotes taken off
 * @param source for people: {@code default}, {@code /etc/app.env line 3}, {@code environment variable X}
 */
record SettingValue(String text, String source) {

    static final String BY_DEFAULT = "default";
}
