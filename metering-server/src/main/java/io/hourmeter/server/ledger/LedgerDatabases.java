package io.hourmeter.server.ledger;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.server.ledger.sqlite.SqliteDatabase;
import io.hourmeter.server.ledger.store.LedgerDatabase;

/** The kinds of databases that a ledger can be kept in. The one place that knows them all. */
final class LedgerDatabases {

    private LedgerDatabases() {}

    /**
     * The database that a URL names, there or not.
     *
     * @throws ConfigurationException if no kind of database has such URLs
     */
    static LedgerDatabase of(String url) {
        if (SqliteDatabase.accepts(url)) {
            return new SqliteDatabase(url);
        }
        throw new ConfigurationException("license.server.database=" + withoutCredentials(url)
                + " is not supported by this build: use jdbc:sqlite:<file>");
    }

    private static String withoutCredentials(String url) {
        int query = url.indexOf('?');
        String plain = query < 0 ? url : url.substring(0, query);
        return plain.replaceFirst("//[^/@]*@", "//");
    }
}
