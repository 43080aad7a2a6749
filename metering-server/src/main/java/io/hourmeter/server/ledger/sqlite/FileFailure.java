package io.hourmeter.server.ledger.sqlite;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/** What failures of the file system mean to the person who can mend them. */
final class FileFailure {

    private FileFailure() {}

    /** A clause in plain words. */
    static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException denied) {
            return denied.getFile() + " may not be read and written by this user";
        }
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile() + " is not there";
        }
        if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
            return ((FileSystemException) failure).getFile() + " is a file and no folder";
        }
        String text = failure instanceof FileSystemException system && system.getReason() != null
                ? system.getReason()
                : String.valueOf(failure.getMessage());
        // The operating system's own words.
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "no space left on device", "disk quota exceeded" -> "the disk is full";
            case "read-only file system" -> "the disk is mounted read-only";
            case "not a directory" -> "a part of its path is a file and no folder";
            default -> text.lines().findFirst().orElse("");
        };
    }
}
