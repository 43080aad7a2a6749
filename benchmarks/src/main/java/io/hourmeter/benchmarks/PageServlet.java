package io.hourmeter.benchmarks;

import com.google.common.html.HtmlEscapers;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A list of a dozen notes: read from a database, one more added, sorted, escaped, about a kilobyte of HTML. This is what
 * TechEmpower's "Fortunes" asks of an application. The database is in the memory of this process, so that a page costs
 * rather less than with one across a network.
 */
final class PageServlet extends HttpServlet {

    static final String END = "</table></body></html>";

    private static final long serialVersionUID = 1;

    private static final String START = "<!DOCTYPE html><html><head><title>Notes</title></head><body><table>"
            + "<tr><th>number</th><th>text</th></tr>";

    /** Each connection has a database of its own in memory, made when the connection is. */
    private static final String NOTES = """
            CREATE TABLE note AS SELECT column1 AS number, column2 AS text FROM (VALUES
            (1, 'Water the plants on the window sill'),
            (2, 'Ask Zoë & Søren about Thursday'),
            (3, 'Return the ladder'),
            (4, 'A <b>bold</b> plan needs a cautious second'),
            (5, 'Buy hours before they run out'),
            (6, 'Measure twice, cut once'),
            (7, 'The lamp in the hall flickers'),
            (8, '<script>alert("never shown as a script");</script>'),
            (9, 'Letters to the "other" office go on the left'),
            (10, 'Keep the receipt'),
            (11, 'Do not feed the printer after six'),
            (12, 'Old notes belong into the archive'))
            """;

    private transient HikariDataSource database;

    /**
     * A row.
     *
     * @param number its id
     * @param text as somebody typed it
     */
    private record Note(int number, String text) {}

    @Override
    public void init() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:sqlite::memory:");
        config.setConnectionInitSql(NOTES);
        // As many as requests come at once: none waits for another.
        config.setMaximumPoolSize(Load.CONNECTIONS);
        database = new HikariDataSource(config);
    }

    @Override
    public void destroy() {
        database.close();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        List<Note> notes;
        try {
            notes = notes();
        } catch (SQLException e) {
            throw new ServletException("the notes cannot be read", e);
        }
        notes.add(new Note(0, "Made for this request"));
        notes.sort(Comparator.comparing(Note::text));
        byte[] page = html(notes).getBytes(StandardCharsets.UTF_8);
        response.setContentType("text/html;charset=utf-8");
        response.setContentLength(page.length);
        response.getOutputStream().write(page);
    }

    private List<Note> notes() throws SQLException {
        List<Note> notes = new ArrayList<>();
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement("SELECT number, text FROM note");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                notes.add(new Note(rows.getInt(1), rows.getString(2)));
            }
        }
        return notes;
    }

    private static String html(List<Note> notes) {
        StringBuilder html = new StringBuilder(START);
        for (Note note : notes) {
            html.append("<tr><td>")
                    .append(note.number())
                    .append("</td><td>")
                    .append(HtmlEscapers.htmlEscaper().escape(note.text()))
                    .append("</td></tr>");
        }
        return html.append(END).toString();
    }
}
