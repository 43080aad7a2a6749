package io.hourmeter.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The paths that are neither metered nor refused: {@code filter.exclude}, and {@code payment.page} with everything
 * below it.
 *
 * <p>Compared is what the container dispatches by, servlet path and path info: decoded, without {@code ;} parameters
 * and dot segments. The raw URI is another text for the same resource, and a rule on it could be talked round. A decoded
 * path that could mean something else to whoever reads it next (an empty or dot segment, a backslash, a
 * semicolon, a percent sign, a question mark, a control character) is never free. Upper and lower case differ. Immutable.
 */
final class FreePaths {

    private final Set<String> exact = new HashSet<>();
    private final List<String> prefixes = new ArrayList<>();
    private final List<String> suffixes = new ArrayList<>();

    /**
     * The characters behind the first slash with which a free path may begin; empty when it may be any. Nearly every
     * metered request ends here, before its path is put together.
     */
    private final BitSet initials = new BitSet();

    FreePaths(List<String> patterns, String paymentPage) {
        patterns.forEach(this::add);
        if (paymentPage.startsWith("/")) {
            addPage(paymentPage);
        }
        List<String> beginnings = new ArrayList<>(exact);
        beginnings.addAll(prefixes);
        if (suffixes.isEmpty() && beginnings.stream().allMatch(beginning -> beginning.length() > 1)) {
            beginnings.forEach(beginning -> initials.set(beginning.charAt(1)));
        }
    }

    private void add(String pattern) {
        if (pattern.startsWith("*.")) {
            suffixes.add(pattern.substring(1));
        } else if (pattern.endsWith("/*")) {
            addTree(pattern.substring(0, pattern.length() - 1));
        } else {
            exact.add(pattern);
        }
    }

    private void addPage(String page) {
        String path = page.split("[?#]", 2)[0];
        if (path.equals("/")) {
            // Everything is below it: taken literally, nothing would be metered at all.
            exact.add(path);
        } else {
            exact.add(path);
            addTree(path.endsWith("/") ? path : path + "/");
        }
    }

    private void addTree(String folder) {
        prefixes.add(folder);
        if (folder.length() > 1) {
            exact.add(folder.substring(0, folder.length() - 1));
        }
    }

    boolean contains(HttpServletRequest request) {
        String path;
        String info;
        try {
            String servlet = request.getServletPath();
            info = request.getPathInfo();
            if (cannotBeFree(servlet.isEmpty() && info != null ? info : servlet)) {
                return false;
            }
            path = info == null ? servlet : servlet + info;
        } catch (RuntimeException e) {
            // Jetty throws on a URI that it calls ambiguous.
            return false;
        }
        return (matches(path) || endsFreely(path, info)) && !ambiguous(path);
    }

    private boolean cannotBeFree(String beginning) {
        return !initials.isEmpty() && beginning.length() > 1 && !initials.get(beginning.charAt(1));
    }

    private boolean matches(String path) {
        if (exact.contains(path)) {
            return true;
        }
        for (String prefix : prefixes) {
            if (path.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Behind a servlet's own path stands what the servlet makes of it: a name with a dot that a client chose is no
     * stylesheet. So an ending counts only where all of the path is the servlet's, as for files and pages.
     */
    private boolean endsFreely(String path, @Nullable String info) {
        if (info != null) {
            return false;
        }
        for (String suffix : suffixes) {
            if (path.endsWith(suffix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean ambiguous(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c < ' ' || c == 0x7f || c == ';' || c == '%' || c == '?' || c == '#' || c == '\\') {
                return true;
            }
        }
        return path.contains("//")
                || path.contains("/./")
                || path.contains("/../")
                || path.endsWith("/.")
                || path.endsWith("/..");
    }
}
