package io.hourmeter.examples.webapp.faults;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The usual mistake: each read has the time-out, so that a server which sends a byte now and then is awaited for ever. */
final class PerReadClient implements LicenseClient {

    private static final byte[] REQUEST = "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    private final int port;
    private final Duration timeout;

    PerReadClient(int port, Duration timeout) {
        this.port = port;
        this.timeout = timeout;
    }

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) timeout.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(REQUEST);
            InputStream in = socket.getInputStream();
            int read = in.read();
            while (read >= 0) {
                read = in.read();
            }
            throw new LicenseServerUnavailableException("only its patience is of interest", null);
        } catch (IOException e) {
            throw new LicenseServerUnavailableException("no answer", e);
        }
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Validation validate(LicenseRef license) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Credited addHours(
            LicenseRef license, Duration hours, @Nullable String idempotencyKey, String reference, String description) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
