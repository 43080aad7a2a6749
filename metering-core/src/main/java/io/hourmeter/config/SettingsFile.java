package io.hourmeter.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the lines of a settings file. Two forms are in use, and they differ only where their habits contradict each other:
 *
 * <ul>
 *   <li>{@link Form#PROPERTIES}, as Java reads them: {@code =}, {@code :} or a blank after the key, {@code \} escapes,
 *       and at the end of a line continues it, {@code !} begins a comment line
 *   <li>{@link Form#ENV}, as shells and containers read them: {@code export} may stand before the name, a backslash is a
 *       backslash
 * </ul>
 *
 * In both a blank and {@code # …} after a value is a comment, and quotes around a value are taken off.
 */
final class SettingsFile {

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

    private static final Pattern LINE_END = Pattern.compile("\\r\\n|\\r|\\n");

    private SettingsFile() {}

    /** The form that a file of this name is written in. */
    static Form formOf(String fileName) {
        return ENV_NAME.matcher(fileName).matches() ? Form.ENV : Form.PROPERTIES;
    }

    /** Reads a text. Throws ConfigurationException that names file and line, and nothing of the line. */
    static List<Entry> parse(String text, Form form, String file) {
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        String[] lines = LINE_END.split(body, -1);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            int first = i + 1;
            String line = lines[i].strip();
            if (line.isEmpty() || line.startsWith("#") || (form == Form.PROPERTIES && line.startsWith("!"))) {
                continue;
            }
            if (form == Form.PROPERTIES) {
                StringBuilder joined = new StringBuilder(lines[i].stripLeading());
                while (continues(joined) && i + 1 < lines.length) {
                    joined.setLength(joined.length() - 1);
                    joined.append(lines[++i].stripLeading());
                }
                line = joined.toString();
            }
            entries.add(entry(line, form, first, file));
        }
        return entries;
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
                default -> plain.append(escape);
            }
        }
        return plain.toString();
    }

    private static char unicode(String text, int from) {
        if (from + 4 > text.length()) {
            throw new IllegalArgumentException("has a \\u without four hexadecimal digits");
        }
        int code = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = "0123456789abcdef".indexOf(Character.toLowerCase(text.charAt(i)));
            if (digit < 0) {
                throw new IllegalArgumentException("has a \\u without four hexadecimal digits");
            }
            code = code * 16 + digit;
        }
        return (char) code;
    }
}
