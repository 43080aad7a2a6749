package io.hourmeter;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A problem document (RFC 9457) as Hourmeter's server, filter and payments answer it.
 *
 * @param code why; gives status and title
 * @param detail one sentence for people: what was given, what is allowed; no key, token or secret
 * @param members further members: String, Boolean, Integer, Long or BigDecimal values
 */
public record Problem(ErrorCode code, String detail, Map<String, Object> members) {

    /** The media type of a problem document. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** Copies the members, order kept. */
    public Problem {
        members = new LinkedHashMap<>(members);
    }

    /**
     * A problem without further members.
     *
     * @param code why
     * @param detail one sentence for people
     * @return the problem
     */
    public static Problem of(ErrorCode code, String detail) {
        return new Problem(code, detail, Map.of());
    }

    /**
     * All members in the order in which they are written: type, title, status, detail, code, the further ones, and
     * success and error for clients of older servers.
     *
     * @return a new map
     */
    public Map<String, Object> toMap() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("type", "about:blank");
        all.put("title", code.title());
        all.put("status", code.status());
        all.put("detail", detail);
        all.put("code", code.name());
        all.putAll(members);
        all.put("success", false);
        all.put("error", detail);
        return all;
    }
}
