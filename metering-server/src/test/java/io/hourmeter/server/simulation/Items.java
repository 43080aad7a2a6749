package io.hourmeter.server.simulation;

import io.hourmeter.LicenseId;
import io.hourmeter.UsageBatch.Item;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Items of a node's message with one thing changed, for those who bend what is told. */
public final class Items {

    private Items() {}

    public static Item withAge(Item item, long ageMillis) {
        return with(item, ageMillis, item.usedMillis(), item.done(), item.seq(), item.offline(), item.bridge());
    }

    public static Item withUsed(Item item, @Nullable Long usedMillis) {
        return with(item, item.ageMillis(), usedMillis, item.done(), item.seq(), item.offline(), item.bridge());
    }

    public static Item withDone(Item item, boolean done) {
        return with(item, item.ageMillis(), item.usedMillis(), done, item.seq(), item.offline(), item.bridge());
    }

    public static Item withSeq(Item item, long seq) {
        return with(item, item.ageMillis(), item.usedMillis(), item.done(), seq, item.offline(), item.bridge());
    }

    public static Item withOffline(Item item, boolean offline) {
        return with(item, item.ageMillis(), item.usedMillis(), item.done(), item.seq(), offline, item.bridge());
    }

    public static Item withBridge(Item item, boolean bridge) {
        return with(item, item.ageMillis(), item.usedMillis(), item.done(), item.seq(), item.offline(), bridge);
    }

    public static Item withScope(Item item, String scope) {
        return new Item(
                item.lease(),
                item.keySha256(),
                item.license(),
                scope,
                item.session(),
                item.ageMillis(),
                item.usedMillis(),
                item.done(),
                item.seq(),
                item.offline(),
                item.bridge());
    }

    /** What an item names its license by: the hash of a key, or an id. */
    public static String credential(Item item) {
        return item.license() instanceof LicenseId id ? id.value() : Objects.requireNonNull(item.keySha256());
    }

    private static Item with(
            Item item,
            long ageMillis,
            @Nullable Long usedMillis,
            boolean done,
            long seq,
            boolean offline,
            boolean bridge) {
        return new Item(
                item.lease(),
                item.keySha256(),
                item.license(),
                item.scope(),
                item.session(),
                ageMillis,
                usedMillis,
                done,
                seq,
                offline,
                bridge);
    }
}
