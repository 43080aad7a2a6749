package io.hourmeter.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the lines of a settings file. Two forms are in use, and they differ only where their habits contradict each other:
 *
 * <ul>
 *   <li>{@link Form#PROPERTIES}, as Java reads them: {@code =}, {@code :} or a blank after the key, {@code \} escapes,
 *       and at the end of a line continues it, {@code !} begins a comment line. Stricter than Java in what only a path with
 *       single backslashes looks like: an escape that is none, and a continuation that would swallow the next setting, a
 *       comment or nothing
 *   <li>{@link Form#ENV}, as shells and containers read them: {@code export} may stand before the name, a backslash is a
 *       backslash. Other programs share such a file: whatever they keep in it, in quotes over several lines too, is left
 *       alone
 * </ul>
 *
 * In both a blank and {@code # …} after a value is a comment, and quotes around a value are taken off.
 *
 * @param entries the settings, in the order of the file
 * @param leftAlone names of other programs, in the order of the file, as far as they look like names
 */
record SettingsFile(List<Entry> entries, List<String> leftAlone) {

    /** How a file is written. */
    enum Form {
        PROPERTIES,
        ENV
    }

    /**
     * One line of a file.
     *
     * @param name as written
     * @param value without comment and quotes
     * @param line where it begins, from 1
     */
    record Entry(String name, String value, int line) {}

    /** A file name of shells' and containers' form: {@code .env}, {@code app.env}, {@code .env.local}. */
    private static final Pattern ENV_NAME = Pattern.compile("(?:.*\\.)?env(?:\\..*)?|.*\\.env");

    private static final Pattern PROPERTIES_LINE =
            Pattern.compile("((?:\\\\.|[^\\\\=:\\s])+)(?:[ \\t\\f]*[=:]|[ \\t\\f])(.*)", Pattern.DOTALL);

    private static final Pattern ENV_LINE = Pattern.compile("(?:export[ \\t]+)?([^=\\s]+)[ \\t]*=(.*)");

    /** What may be shown: anything else may be a line of a key that somebody pasted. */
    private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,60}");

    /** After the first word of a line that is not {@code KEY=value}. */
    private static final Pattern WORD_END = Pattern.compile("[=:\\s]");

    private static final Pattern LINE_END = Pattern.compile("\\r\\n|\\r|\\n");

    /** What everybody needs to know who has written a path as Windows has it. */
    static final String HOW_TO_WRITE = "; a backslash is written twice, and in a path a / will do";

    /** What a backslash may stand before, and stand for itself then; the others are below. */
    private static final String ESCAPED_SIGNS = "\\=:#! \"'";

    /** The form that a file of this name is written in. */
    static Form formOf(String fileName) {
        return ENV_NAME.matcher(fileName).matches() ? Form.ENV : Form.PROPERTIES;
    }

    /**
     * Reads a text of which some lines may be other programs'. Throws ConfigurationException that names file and line, and
     * nothing of the line but a key.
     */
    static SettingsFile read(String text, Form form, String file) {
        return read(text, form, file, form == Form.ENV ? SettingsFile::isOurs : name -> true);
    }

    /** Reads a text whose lines are all ours. */
    static List<Entry> parse(String text, Form form, String file) {
        return read(text, form, file, name -> true).entries();
    }

    /** A setting, or what was surely meant to be one. */
    private static boolean isOurs(String name) {
        return Settings.byEitherName(name) != null || NearestKey.isNearly(name);
    }

    private static SettingsFile read(String text, Form form, String file, Predicate<String> ours) {
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        String[] lines = LINE_END.split(body, -1);
        List<Entry> entries = new ArrayList<>();
        List<String> leftAlone = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            int first = i + 1;
            String line = lines[i].strip();
            if (isEmptyOrComment(line, form)) {
                continue;
            }
            if (form == Form.PROPERTIES) {
                StringBuilder joined = new StringBuilder(lines[i].stripLeading());
                while (continues(joined)) {
                    checkContinuation(lines, ++i, file);
                    joined.setLength(joined.length() - 1);
                    joined.append(lines[i].stripLeading());
                }
                line = joined.toString();
            }
            String name = envName(line);
            if (ours.test(name)) {
                entries.add(entry(line, form, first, file));
            } else {
                if (NAME.matcher(name).matches()) {
                    leftAlone.add(name);
                }
                i = lastLineOf(lines, i, ours);
            }
        }
        return new SettingsFile(List.copyOf(entries), List.copyOf(leftAlone));
    }

    private static boolean isEmptyOrComment(String line, Form form) {
        return line.isEmpty() || line.startsWith("#") || (form == Form.PROPERTIES && line.startsWith("!"));
    }

    /** The name that a line gives a value to; of a line that does not, its first word. */
    private static String envName(String line) {
        Matcher matcher = ENV_LINE.matcher(line);
        return matcher.matches() ? matcher.group(1) : WORD_END.split(line, 2)[0];
    }

    /**
     * Where another program's value ends that begins in line {@code from}: in a later one when a quote is open. A quote
     * that a setting of ours stands behind is no quote, but an apostrophe.
     */
    private static int lastLineOf(String[] lines, int from, Predicate<String> ours) {
        Matcher matcher = ENV_LINE.matcher(lines[from].strip());
        String value = matcher.matches() ? matcher.group(2).strip() : "";
        char quote = value.isEmpty() ? 0 : value.charAt(0);
        if ((quote != '"' && quote != '\'') || closes(value.substring(1), quote)) {
            return from;
        }
        for (int i = from + 1; i < lines.length && !ours.test(envName(lines[i].strip())); i++) {
            if (closes(lines[i], quote)) {
                return i;
            }
        }
        return from;
    }

    private static boolean closes(String text, char quote) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && quote == '"') {
                i++;
            } else if (text.charAt(i) == quote) {
                return true;
            }
        }
        return false;
    }

    /** A line that continues the one before it must be there, and be nothing of its own. */
    private static void checkContinuation(String[] lines, int next, String file) {
        String line = next < lines.length ? lines[next].strip() : "";
        Matcher matcher = PROPERTIES_LINE.matcher(line);
        if (isEmptyOrComment(line, Form.PROPERTIES) || (matcher.matches() && isOurs(matcher.group(1)))) {
            throw new ConfigurationException(file + " line " + next
                    + " ends with a backslash, which would make the line below it a part of the value" + HOW_TO_WRITE);
        }
    }

    private static Entry entry(String line, Form form, int number, String file) {
        Matcher matcher = (form == Form.ENV ? ENV_LINE : PROPERTIES_LINE).matcher(line);
        if (!matcher.matches()) {
            throw new ConfigurationException(file + " line " + number + " is not KEY=value");
        }
        String written = matcher.group(1);
        try {
            String name = form == Form.ENV ? written : unescape(written);
            return new Entry(name, value(matcher.group(2), form), number);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    file + " line " + number + ": the value of " + Masking.plain(written) + " " + e.getMessage(), e);
        }
    }

    private static String value(String raw, Form form) {
        String text = raw.strip();
        if (text.startsWith("\"") || text.startsWith("'")) {
            return unquote(text);
        }
        String bare = withoutComment(raw).strip();
        return form == Form.PROPERTIES ? unescape(bare) : bare;
    }

    /**
     * A value from the environment or an init-param, where other programs have taken off the quotes already, or have not
     * (container files keep them): quotes around the whole value go, any other quote is part of the value.
     */
    static String looseValue(String raw) {
        String text = raw.strip();
        if (text.startsWith("\"") || text.startsWith("'")) {
            try {
                return unquote(text);
            } catch (IllegalArgumentException e) {
                return withoutComment(raw).strip();
            }
        }
        return withoutComment(raw).strip();
    }

    /** Cuts a blank and everything from the {@code #} after it. */
    private static String withoutComment(String raw) {
        for (int i = 1; i < raw.length(); i++) {
            if (raw.charAt(i) == '#' && (raw.charAt(i - 1) == ' ' || raw.charAt(i - 1) == '\t')) {
                return raw.substring(0, i);
            }
        }
        return raw;
    }

    /** The inside of a quoted value; only blanks and a comment may follow it. */
    private static String unquote(String text) {
        char quote = text.charAt(0);
        StringBuilder inside = new StringBuilder();
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == quote) {
                String rest = text.substring(i + 1).strip();
                if (!rest.isEmpty() && !rest.startsWith("#")) {
                    throw new IllegalArgumentException("goes on after its closing quote");
                }
                return inside.toString();
            }
            boolean escaped =
                    quote == '"' && c == '\\' && i + 1 < text.length() && "\"\\".indexOf(text.charAt(i + 1)) >= 0;
            inside.append(escaped ? text.charAt(++i) : c);
        }
        throw new IllegalArgumentException("has a quote that is not closed on its line");
    }

    /** Whether a line of a properties file goes on in the next one: it ends in an odd number of backslashes. */
    private static boolean continues(CharSequence line) {
        int slashes = 0;
        while (slashes < line.length() && line.charAt(line.length() - 1 - slashes) == '\\') {
            slashes++;
        }
        return slashes % 2 == 1;
    }

    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                plain.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case 't' -> plain.append('\t');
                case 'n' -> plain.append('\n');
                case 'r' -> plain.append('\r');
                case 'f' -> plain.append('\f');
                case 'u' -> {
                    plain.append(unicode(text, i + 1));
                    i += 4;
                }
                default -> {
                    if (ESCAPED_SIGNS.indexOf(escape) < 0) {
                        throw new IllegalArgumentException("has an escape that is none" + HOW_TO_WRITE);
                    }
                    plain.append(escape);
                }
            }
        }
        return plain.toString();
    }

    private static char unicode(String text, int from) {
        if (from + 4 > text.length()) {
            throw new IllegalArgumentException("has a \\u without four hexadecimal digits" + HOW_TO_WRITE);
        }
        int code = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = "0123456789abcdef".indexOf(Character.toLowerCase(text.charAt(i)));
            if (digit < 0) {
                throw new IllegalArgumentException("has a \\u without four hexadecimal digits" + HOW_TO_WRITE);
            }
            code = code * 16 + digit;
        }
        return (char) code;
    }
}
