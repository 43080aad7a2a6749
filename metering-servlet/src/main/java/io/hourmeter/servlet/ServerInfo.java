package io.hourmeter.servlet;

import jakarta.servlet.ServletRequest;

/** Which container serves a request, for what the servlet specification leaves to each. */
final class ServerInfo {

    private ServerInfo() {}

    static boolean isJetty(ServletRequest request) {
        return text(request).startsWith("jetty");
    }

    static boolean isUndertow(ServletRequest request) {
        return text(request).contains("Undertow");
    }

    private static String text(ServletRequest request) {
        String info = request.getServletContext().getServerInfo();
        return info == null ? "" : info;
    }
}
