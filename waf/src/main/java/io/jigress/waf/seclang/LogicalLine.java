package io.jigress.waf.seclang;

import java.util.ArrayList;
import java.util.List;

/// A line of a rule file with its continuation lines joined; it knows the original position of each character.
final class LogicalLine {
    private final String file;
    private final StringBuilder text = new StringBuilder();
    private final List<Piece> pieces = new ArrayList<>();

    private record Piece(int start, int line, int column) {
    }

    LogicalLine(String file) {
        this.file = file;
    }

    void add(String part, int line, int column) {
        pieces.add(new Piece(text.length(), line, column));
        text.append(part);
    }

    boolean isEmpty() { return pieces.isEmpty(); }

    String text() {
        return text.toString();
    }

    SourcePlace place(int offset) {
        Piece found = pieces.get(0);
        for (Piece piece : pieces) {
            if (piece.start() > offset) {
                break;
            }
            found = piece;
        }
        return new SourcePlace(file, found.line(), found.column() + Math.max(0, offset - found.start()));
    }
}
