package io.hourmeter.usage.journal;

import io.hourmeter.LicenseId;
import io.hourmeter.usage.node.Credential;
import io.hourmeter.usage.node.KeyHash;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.SessionId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a journal file: a header line, then one line for each record, its fields separated by tabs, the last one a
 * checksum of those before it. Lines rather than length prefixes, because after damage the next line is found again.
 *
 * <p>A record begins with a line break as well as ending with one, so that one written after a torn one is not torn too;
 * empty lines mean nothing.
 */
public final class JournalFormat {

    /** First line of every journal; what does not begin with it is none of ours. */
    public static final String HEADER = "hourmeter-journal 1\n";

    /** No record is longer: 36 + 68 + 2 x 32 + three numbers + checksum and separators. */
    static final int LONGEST_RECORD = 256;

    private static final Pattern LEASE = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{32}");
    private static final Pattern OFFSET = Pattern.compile("[0-9]{1,18}");
    private static final Pattern INSTANT = Pattern.compile("-?[0-9]{1,18}");
    private static final int FIELDS = 9;
    private static final String NO_ACTIVITY = "-";

    private JournalFormat() {}

    /**
     * What a file held.
     *
     * @param records one for each lease: the last one written
     * @param dropped lines that were torn, damaged or foreign
     * @param journal false when the file is no journal at all
     */
    public record Content(List<LeaseRecord> records, int dropped, boolean journal) {}

    /** One record with its line breaks. Throws IllegalArgumentException when a field is not what it should be. */
    public static byte[] encode(LeaseRecord record) {
        String fields = String.join(
                "\t",
                record.lease().toString(),
                record.credential().toString(),
                record.scope(),
                record.session().toString(),
                record.usedMillis() == null ? NO_ACTIVITY : Long.toString(record.usedMillis()),
                Long.toString(record.authorizedMillis()),
                (record.offline() ? "o" : "-") + (record.bridge() ? "b" : "-"),
                Long.toString(record.startWallMillis()));
        String line = fields + "\t" + checksum(fields);
        if (decode(line) == null) {
            throw new IllegalArgumentException("not a record of a journal: lease " + record.lease());
        }
        return ("\n" + line + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads a file, whatever is in it. */
    public static Content decode(byte[] file) {
        // Every byte becomes a character of its own, so that no damage can make the text invalid.
        String text = new String(file, StandardCharsets.ISO_8859_1);
        if (!text.startsWith(HEADER)) {
            boolean torn = HEADER.startsWith(text);
            return new Content(List.of(), torn && !text.isEmpty() ? 1 : 0, torn);
        }
        Map<UUID, LeaseRecord> records = new LinkedHashMap<>();
        int dropped = 0;
        for (String line : text.substring(HEADER.length()).split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            LeaseRecord record = decode(line);
            if (record == null) {
                dropped++;
            } else {
                records.put(record.lease(), record);
            }
        }
        return new Content(new ArrayList<>(records.values()), dropped, true);
    }

    private static @Nullable LeaseRecord decode(String line) {
        String[] field = line.split("\t", -1);
        if (field.length != FIELDS || line.length() + 2 > LONGEST_RECORD) {
            return null;
        }
        String fields = line.substring(0, line.lastIndexOf('\t'));
        boolean valid = field[8].equals(checksum(fields))
                && LEASE.matcher(field[0]).matches()
                && (HASH.matcher(field[1]).matches() || LicenseId.isId(field[1]))
                && (field[2].isEmpty() || field[2].equals(field[3]))
                && SESSION.matcher(field[3]).matches()
                && (field[4].equals(NO_ACTIVITY) || OFFSET.matcher(field[4]).matches())
                && OFFSET.matcher(field[5]).matches()
                && field[6].matches("[o-][b-]")
                && INSTANT.matcher(field[7]).matches();
        SessionId session = SessionId.parse(field[3]);
        if (!valid || session == null) {
            return null;
        }
        return new LeaseRecord(
                UUID.fromString(field[0]),
                LicenseId.isId(field[1]) ? new Credential.Id(new LicenseId(field[1])) : KeyHash.parse(field[1]),
                field[2],
                session,
                field[4].equals(NO_ACTIVITY) ? null : Long.valueOf(field[4]),
                Long.parseLong(field[5]),
                field[6].charAt(0) == 'o',
                field[6].charAt(1) == 'b',
                Long.parseLong(field[7]));
    }

    private static String checksum(String fields) {
        CRC32C crc = new CRC32C();
        crc.update(fields.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue() | 1L << 32).substring(1);
    }
}
