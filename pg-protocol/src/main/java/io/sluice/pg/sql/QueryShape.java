package io.sluice.pg.sql;

import io.sluice.guard.OperationClass;

/** Watches the words of a SELECT for what makes it more than a simple read. */
final class QueryShape {
    private int selects;
    private int fromDepth; // of the FROM whose tables are being listed, -1 for none
    private boolean complex;
    private boolean aggregates;
    private boolean analytic;
    private boolean locksRows;
    private boolean selectsInto;
    private boolean changesRows;
    private boolean makesTempTable;
    private boolean clauses;

    void begin() {
        selects = 0;
        fromDepth = -1;
        complex = false;
        aggregates = false;
        analytic = false;
        locksRows = false;
        selectsInto = false;
        changesRows = false;
        makesTempTable = false;
        clauses = false;
    }

    boolean locksRows() {
        return locksRows;
    }

    /** Whether it is a write: by SELECT INTO, or a WITH that changes rows. */
    boolean writes() {
        return selectsInto || changesRows;
    }

    boolean makesTempTable() {
        return makesTempTable;
    }

    /** Whether there is more than a list of expressions, so that these may not all be evaluated. */
    boolean hasClauses() {
        return clauses;
    }

    OperationClass operationClass() {
        if (analytic) {
            return OperationClass.ANALYTICS;
        }
        if (aggregates) {
            return OperationClass.AGGREGATION;
        }
        if (complex || selects > 1) {
            return OperationClass.COMPLEX_READ;
        }
        return locksRows || writes() ? OperationClass.WRITE : OperationClass.SIMPLE_READ;
    }

    void aggregate() {
        aggregates = true;
    }

    void complex() {
        complex = true;
    }

    void comma(int depth) {
        complex |= depth == fromDepth;
    }

    /** A word that is not just a name, with the two tokens before it. */
    void keyword(Token token, Token previous, Token beforePrevious, int depth) {
        if ((previous == Token.AS && token != Token.SELECT) || previous == Token.DOT) {
            return; // a label or a column
        }
        switch (token) {
            case SELECT -> selects++;
            case FROM -> {
                clauses = true;
                if (previous != Token.DISTINCT) { // IS DISTINCT FROM
                    fromDepth = depth;
                }
            }
            case WHERE, ORDER, LIMIT, OFFSET, FETCH -> endOfTables();
            case GROUP -> {
                endOfTables();
                aggregates = true;
            }
            case DISTINCT -> {
                clauses = true;
                complex |= previous != Token.IS && previous != Token.NOT;
            }
            case JOIN, UNION, INTERSECT, EXCEPT, HAVING, WITH -> {
                endOfTables();
                complex = true;
            }
            case OVER, WINDOW, ROLLUP, CUBE, GROUPING -> {
                clauses = true;
                analytic = true;
            }
            case FOR -> endOfTables();
            case UPDATE -> {
                locksRows |= previous == Token.FOR;
                changesRows |= opensStatement(previous);
            }
            case SHARE, KEY, NO -> locksRows |= previous == Token.FOR;
            case INSERT, DELETE, MERGE -> changesRows |= opensStatement(previous);
            case INTO -> {
                clauses = true;
                selectsInto |= previous != Token.INSERT && previous != Token.MERGE;
            }
            case TEMP, TEMPORARY ->
                    makesTempTable |=
                            previous == Token.INTO
                                    || (beforePrevious == Token.INTO
                                            && (previous == Token.LOCAL
                                                    || previous == Token.GLOBAL));
            case PG_TEMP ->
                    makesTempTable |=
                            selectsInto && (previous == Token.INTO || previous == Token.TABLE);
            default -> {}
        }
    }

    private void endOfTables() {
        clauses = true;
        fromDepth = -1;
    }

    private static boolean opensStatement(Token previous) {
        return previous == Token.OPEN || previous == Token.CLOSE;
    }
}
