package io.hourmeter.tests.containers;

/** What not every container has. */
public enum Feature {
    /** Deploys a folder with {@code WEB-INF/web.xml}, and reads the web fragments of its jars. */
    WEB_XML,
    /** Deploys an application with a class loader of its own, and can do so again. */
    REDEPLOY,
    /** HTTP/2 without TLS, with prior knowledge. */
    HTTP2,
    /** {@code HttpServletRequest.upgrade}. */
    UPGRADE,
    /** {@code jakarta.websocket} endpoints. */
    WEBSOCKET,
    /** Serves requests on virtual threads where the JDK has them. */
    VIRTUAL_THREADS,
    /** Can be given so many threads and no more, and tells how many are at work. */
    THREADS
}
