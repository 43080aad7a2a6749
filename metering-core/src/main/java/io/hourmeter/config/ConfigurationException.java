package io.hourmeter.config;

/** A setting that stops the start. The message is one line for the person who can mend it. */
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * A wrong setting.
     *
     * @param message key, value (secrets masked), what is allowed, where it came from, the nearest known key
     */
    public ConfigurationException(String message) {
        super(message);
    }

    /**
     * A wrong setting, or a file that cannot be read.
     *
     * @param message key, value (secrets masked), what is allowed, where it came from, the nearest known key
     * @param cause what went wrong below
     */
    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
