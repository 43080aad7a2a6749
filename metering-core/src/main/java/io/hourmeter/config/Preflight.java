package io.hourmeter.config;

/** What a CORS preflight gets, which a browser sends without a key before the request that has one. */
public enum Preflight {
    /** It reaches the application, unmetered. */
    PASS,
    /** 204 from the filter, without any header for CORS: those come from a filter before this one. */
    ANSWER,
    /** Nothing of its own: it is judged like every other request. */
    REFUSE
}
