package io.hourmeter.tests.libraries;

import java.util.EnumSet;
import java.util.Set;

/** What an application has besides the filter; given to its main class by name. */
enum Feature {
    /** It has no filter: what the others are compared with. */
    UNMETERED,

    /** It sells hours, with metering-stripe. */
    PAYMENTS,
    /** It makes calls by an OkHttp of its own. */
    OKHTTP,
    /** The starter has made the filter a bean. */
    STARTER,
    /** The license server is inside, and a license is made and told before it starts. */
    EMBEDDED,
    /** A database of its own, with Flyway. */
    DATABASE;

    static Set<Feature> of(String... arguments) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (String argument : arguments) {
            features.add(valueOf(argument));
        }
        return features;
    }
}
