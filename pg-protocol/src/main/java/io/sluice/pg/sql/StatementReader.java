package io.sluice.pg.sql;

import io.sluice.guard.OperationClass;

/**
 * Splits the tokens of a query string into statements, and follows each as far as its effects show.
 *
 * <p>A semicolon ends a statement unless it is inside parentheses (CREATE RULE) or inside the body
 * of a function (BEGIN ATOMIC … END).
 */
final class StatementReader implements TokenSink {
    private enum Stage {
        /** No word of the statement was seen yet, at most parentheses. */
        START,
        /** SELECT and its kin. */
        QUERY,
        /** WITH: which command it is for is not known yet. */
        WITH,
        EXPLAIN,
        CREATE,
        /** COPY, before the FROM or TO that says which way. */
        COPY,
        COPY_TARGET,
        PREPARE,
        TRANSACTION,
        DECLARE,
        DEALLOCATE,
        UNLISTEN,
        SETTING,
        /** Nothing but called functions is looked for. */
        REST
    }

    private final Classified result;
    private final Recording recording;
    private final QueryShape shape = new QueryShape();
    private final SettingReader setting = new SettingReader();
    private final SetConfigReader setConfig;

    private Stage stage = Stage.START;
    private Command command = Command.NONE;
    private boolean explain;
    private boolean explainRuns;
    private int start = -1;
    private int end;
    private int words; // of this command
    private int depth;
    private int bodies; // open BEGIN ATOMIC
    private boolean routine;
    private boolean altersTable;
    private int withDepth;
    private StatementKind copyKind = StatementKind.UTILITY;
    private long effects;
    private int pins;

    /** The codes of the last eight tokens, the last in the lowest byte; none are zeros. */
    private long history;

    StatementReader(Classified result, Recording recording) {
        this.result = result;
        this.recording = recording;
        this.setConfig = new SetConfigReader(recording);
    }

    void reset() {
        beginStatement();
    }

    private void beginStatement() {
        stage = Stage.START;
        command = Command.NONE;
        explain = false;
        explainRuns = false;
        start = -1;
        words = 0;
        depth = 0;
        bodies = 0;
        routine = false;
        altersTable = false;
        effects = 0;
        pins = 0;
        history = 0;
        setConfig.begin();
    }

    @Override
    public void word(byte[] bytes, int from, int length, int wordStart, int wordEnd) {
        Token token = Vocabulary.word(bytes, from, length);
        if (token == Token.NAME && Vocabulary.isTempSchema(bytes, from, length)) {
            token = Token.PG_TEMP;
        }
        altersTable |= token == Token.TABLE && command == Command.ALTER && words <= 2;
        if (stage == Stage.START) {
            begin(token, wordStart);
            if (stage == Stage.SETTING) {
                recording.begin(wordStart, bytes, from, length);
            }
        } else if (stage == Stage.SETTING) {
            setting.name(token, bytes, from, length);
        } else if (token != Token.NAME) {
            keyword(token);
        }
        words++;
        told(token, wordStart, wordEnd, true);
    }

    @Override
    public void quotedName(
            byte[] bytes, int from, int length, int nameStart, int nameEnd, boolean escapes) {
        Token token = escapes ? Token.ESCAPED_NAME : Vocabulary.quoted(bytes, from, length);
        if (token == Token.NAME && Vocabulary.isTempSchema(bytes, from, length)) {
            token = Token.PG_TEMP;
        }
        if (stage == Stage.START) {
            begin(token, nameStart);
        } else if (stage == Stage.SETTING) {
            setting.name(escapes ? token : Token.NAME, bytes, from, length);
        } else if (token == Token.PG_TEMP) {
            keyword(token);
        }
        words++;
        told(token, nameStart, nameEnd, true);
    }

    @Override
    public void literal(int literalStart, int literalEnd, boolean portable) {
        if (stage == Stage.PREPARE && previous() == Token.TRANSACTION && words == 2) {
            command = Command.PREPARE_TRANSACTION;
        }
        value(Token.LITERAL, literalStart, literalEnd, portable);
    }

    @Override
    public void number(int numberStart, int numberEnd) {
        value(Token.VALUE, numberStart, numberEnd, true);
    }

    @Override
    public void parameter(int parameterStart, int parameterEnd) {
        value(Token.VALUE, parameterStart, parameterEnd, true);
    }

    private void value(Token token, int tokenStart, int tokenEnd, boolean portable) {
        if (stage == Stage.START) {
            begin(token, tokenStart);
        } else if (stage == Stage.SETTING) {
            setting.other(token, portable);
        }
        told(token, tokenStart, tokenEnd, portable);
    }

    @Override
    public void symbol(byte symbol, int at) {
        if (symbol == ';' && depth == 0 && bodies == 0) {
            endStatement();
            return;
        }
        Token token =
                switch (symbol) {
                    case '(' -> Token.OPEN;
                    case ')' -> Token.CLOSE;
                    case ',' -> Token.COMMA;
                    case '.' -> Token.DOT;
                    case ';' -> Token.SEMICOLON;
                    case '=' -> Token.EQUALS;
                    case '*' -> Token.STAR;
                    default -> Token.SYMBOL;
                };
        if (start < 0) {
            start = at;
        }
        switch (stage) {
            case START -> {
                if (token != Token.OPEN) {
                    begin(token, at);
                }
            }
            case SETTING -> setting.other(token, true);
            case QUERY, WITH -> {
                if (token == Token.COMMA) {
                    shape.comma(depth);
                } else if (token == Token.DOT && isEscapedName(history)) {
                    Token ahead = Token.of(history >> (previous() == Token.LITERAL ? 24 : 8));
                    if (ahead == Token.INTO || ahead == Token.TABLE) {
                        pins |= PinReason.UNREADABLE.bit(); // perhaps pg_temp
                    }
                }
            }
            case CREATE -> {
                if (token == Token.DOT && previous() == Token.PG_TEMP) {
                    tempObject();
                } else if (token == Token.DOT && isEscapedName(history)) {
                    pins |= PinReason.UNREADABLE.bit();
                }
            }
            case UNLISTEN -> {
                if (token == Token.STAR) {
                    effects |= Effect.UNLISTEN_ALL.bit();
                }
            }
            case EXPLAIN, COPY, COPY_TARGET, PREPARE, TRANSACTION, DECLARE, DEALLOCATE, REST -> {}
        }
        if (token == Token.OPEN) {
            long name = history;
            told(token, at, at + 1, true);
            call(name, at + 1);
            depth++;
        } else {
            told(token, at, at + 1, true);
            if (token == Token.CLOSE && depth > 0) {
                depth--;
            }
        }
    }

    private void told(Token token, int tokenStart, int tokenEnd, boolean portable) {
        if (setConfig.isReading()) {
            setConfig.token(token, tokenStart, tokenEnd, portable, depth, result.statementCount());
        }
        history = (history << 8) | token.code;
        end = tokenEnd;
    }

    private Token previous() {
        return Token.of(history);
    }

    /** Whether the last of these tokens end a name with Unicode escapes. */
    private static boolean isEscapedName(long codes) {
        Token last = Token.of(codes);
        return last == Token.ESCAPED_NAME
                || (last == Token.LITERAL && Token.of(codes >> 8) == Token.UESCAPE);
    }

    private Token beforePrevious() {
        return Token.of(history >> 8);
    }

    private void begin(Token token, int at) {
        if (start < 0) {
            start = at;
        }
        words = 0;
        command = token.command == null ? Command.OTHER : token.command;
        shape.begin();
        stage =
                switch (command) {
                    case SELECT -> token == Token.WITH ? Stage.WITH : Stage.QUERY;
                    case VALUES, TABLE -> Stage.QUERY;
                    case EXPLAIN -> Stage.EXPLAIN;
                    case CREATE -> Stage.CREATE;
                    case COPY -> Stage.COPY;
                    case PREPARE -> Stage.PREPARE;
                    case COMMIT, ROLLBACK -> Stage.TRANSACTION;
                    case DECLARE -> Stage.DECLARE;
                    case DEALLOCATE -> Stage.DEALLOCATE;
                    case UNLISTEN -> Stage.UNLISTEN;
                    case SET, RESET, DISCARD -> Stage.SETTING;
                    default -> Stage.REST;
                };
        if (stage == Stage.SETTING) {
            setting.begin(command);
        } else if (stage == Stage.QUERY || stage == Stage.WITH) {
            withDepth = depth;
            shape.keyword(token, Token.NONE, Token.NONE, depth);
        }
    }

    /** A word that is not just a name, after the statement's first. */
    private void keyword(Token token) {
        switch (stage) {
            case QUERY -> shape.keyword(token, previous(), beforePrevious(), depth);
            case WITH -> with(token);
            case EXPLAIN -> {
                if (token.command == Command.ANALYZE) {
                    explainRuns = true;
                } else if (token.command != null) {
                    explain = true;
                    begin(token, start);
                }
            }
            case CREATE -> create(token);
            case COPY -> {
                if (depth > 0) {
                    shape.keyword(token, previous(), beforePrevious(), depth);
                } else if (token == Token.FROM || token == Token.TO) {
                    copyKind = token == Token.FROM ? StatementKind.WRITE : StatementKind.UTILITY;
                    stage = Stage.COPY_TARGET;
                }
            }
            case COPY_TARGET -> {
                if (token == Token.STDIN || token == Token.STDOUT) { // either may mean the other
                    copyKind =
                            copyKind == StatementKind.WRITE
                                    ? StatementKind.COPY_IN
                                    : StatementKind.COPY_OUT;
                }
                stage = Stage.REST;
            }
            case TRANSACTION -> {
                if (token == Token.PREPARED && words == 1) {
                    command =
                            command == Command.COMMIT
                                    ? Command.COMMIT_PREPARED
                                    : Command.ROLLBACK_PREPARED;
                } else if (token == Token.TO) {
                    command = Command.ROLLBACK_TO;
                }
            }
            case DECLARE -> {
                if (token == Token.HOLD
                        && previous() == Token.WITH
                        && beforePrevious() == Token.CURSOR) {
                    effects |= Effect.CURSOR_WITH_HOLD.bit();
                    pins |= PinReason.CURSOR_WITH_HOLD.bit();
                }
            }
            case DEALLOCATE -> {
                if (token == Token.ALL) {
                    effects |= Effect.DEALLOCATE_ALL.bit();
                }
            }
            case START, PREPARE, UNLISTEN, SETTING, REST -> {}
        }
    }

    private void with(Token token) {
        boolean main =
                depth == withDepth
                        && switch (token) {
                            case SELECT -> true;
                            case VALUES, TABLE, INSERT, UPDATE, DELETE, MERGE ->
                                    switch (previous()) {
                                        case WITH, RECURSIVE, COMMA, SET, USING, BY -> false;
                                        default -> true;
                                    };
                            default -> false;
                        };
        if (main && token.command != null) {
            command = token.command;
            stage =
                    command.kind() == StatementKind.READ
                            ? Stage.QUERY // as is all that was seen of it so far
                            : Stage.REST;
        }
        shape.keyword(token, previous(), beforePrevious(), depth);
    }

    private void create(Token token) {
        switch (token) {
            case TEMP, TEMPORARY -> {
                boolean first =
                        switch (previous()) {
                            case CREATE -> true;
                            case REPLACE -> beforePrevious() == Token.OR;
                            case LOCAL, GLOBAL ->
                                    beforePrevious() == Token.CREATE
                                            || beforePrevious() == Token.REPLACE;
                            default -> false;
                        };
                if (first) {
                    tempObject();
                }
            }
            case EXECUTE -> {
                if (depth == 0 && bodies == 0 && previous() == Token.AS) {
                    effects |= Effect.SQL_EXECUTE.bit(); // CREATE TABLE AS EXECUTE
                }
            }
            case FUNCTION, PROCEDURE -> routine |= words == 1 || words == 3;
            case ATOMIC -> {
                if (routine && depth == 0 && previous() == Token.BEGIN) {
                    bodies++;
                }
            }
            case END -> {
                if (bodies > 0
                        && depth == 0
                        && (previous() == Token.SEMICOLON || previous() == Token.ATOMIC)) {
                    bodies--;
                }
            }
            default -> {}
        }
    }

    private void tempObject() {
        effects |= Effect.TEMP_OBJECT.bit();
        pins |= PinReason.TEMP_OBJECT.bit();
    }

    /** An opening parenthesis after the tokens of {@code codes}, which may name a function. */
    private void call(long codes, int argumentsFrom) {
        Token name = Token.of(codes);
        if (isEscapedName(codes)) {
            pins |= PinReason.UNREADABLE.bit();
        }
        if (name.role != Token.Role.AGGREGATE && name.role != Token.Role.FUNCTION) {
            return;
        }
        boolean qualified = Token.of(codes >> 8) == Token.DOT;
        boolean foreign = qualified && Token.of(codes >> 16) != Token.PG_CATALOG;
        boolean mentioned =
                command.kind() == StatementKind.DDL && command != Command.CREATE && !altersTable;
        if (foreign || mentioned || bodies > 0) {
            return;
        }
        if (name.role == Token.Role.AGGREGATE) {
            shape.aggregate();
            return;
        }
        Token before = Token.of(qualified ? codes >> 24 : codes >> 8);
        boolean listItem =
                depth == 0
                        && command == Command.SELECT
                        && (before == Token.SELECT || before == Token.COMMA);
        if (name.onCall != null && (listItem || name != Token.PG_ADVISORY_UNLOCK_ALL)) {
            effects |= name.onCall.bit();
        }
        if (name.pinOnCall != null) {
            pins |= name.pinOnCall.bit();
        }
        if (name == Token.SET_CONFIG) {
            setConfig.call(listItem, depth + 1, argumentsFrom);
        }
    }

    /** Whether the statement that is being read is one about a prepared statement. */
    boolean readsStatementName() {
        return switch (command) {
            case PREPARE, EXECUTE, DEALLOCATE -> true;
            default -> (effects & Effect.SQL_EXECUTE.bit()) != 0;
        };
    }

    /** Ends the text; an unfinished statement counts as one. */
    void finish() {
        endStatement();
    }

    private void endStatement() {
        if (start >= 0) {
            tell();
        }
        beginStatement();
    }

    private void tell() {
        int index = result.statementCount();
        if (explain && !explainRuns) {
            result.add((effects | command.effects()) & Effect.SQL_EXECUTE.bit());
            result.statement(
                    Command.EXPLAIN, StatementKind.READ, OperationClass.COMPLEX_READ, start, end);
            return;
        }
        if (stage == Stage.SETTING) {
            pins |= setting.finish(result, recording.text(start, end), index);
            recording.end();
        }
        tellSetConfig();
        if (shape.hasClauses()) {
            effects &= ~Effect.ADVISORY_UNLOCK_ALL.bit(); // perhaps for no row at all
        }
        StatementKind kind = kind();
        OperationClass operationClass = command.operationClass();
        if (command.kind() == StatementKind.READ && command != Command.SHOW) {
            operationClass = shape.operationClass();
        }
        if (shape.makesTempTable()) {
            tempObject();
        }
        effects |= effectsOf(kind);
        pins |= command.pins();
        result.add(effects);
        result.pin(pins);
        if (explain) {
            operationClass = max(operationClass, OperationClass.COMPLEX_READ);
            command = Command.EXPLAIN;
        }
        result.statement(command, kind, operationClass, start, end);
    }

    private void tellSetConfig() {
        if (setConfig.setsParseSettingLocally()) {
            effects |= Effect.LOCAL_PARSE_SETTING.bit();
        }
        if (setConfig.isUnreadable() || (!setConfig.changes().isEmpty() && shape.hasClauses())) {
            effects |= Effect.SETTING.bit();
            pins |= PinReason.UNREADABLE_SETTING.bit();
            return;
        }
        if (setConfig.changes().isEmpty()) {
            return;
        }
        for (SettingChange change : setConfig.changes()) {
            effects |= Effect.SETTING.bit();
            pins |= SettingReader.pins(change);
            result.add(change);
        }
    }

    private StatementKind kind() {
        if (command == Command.COPY) {
            return stage == Stage.COPY ? StatementKind.UTILITY : copyKind;
        }
        boolean changes = shape.locksRows() || shape.writes();
        return command.kind() == StatementKind.READ && changes
                ? StatementKind.WRITE
                : command.kind();
    }

    private long effectsOf(StatementKind kind) {
        long bits = command.effects();
        if (kind != StatementKind.READ) {
            bits |=
                    switch (kind) {
                        case WRITE -> Effect.WRITES.bit();
                        case DDL -> Effect.DDL.bit();
                        case COPY_IN -> Effect.WRITES.bit() | Effect.COPY_IN.bit();
                        case COPY_OUT -> Effect.COPY_OUT.bit();
                        case READ, TRANSACTION, SETTING, UTILITY -> 0;
                    };
        }
        if (shape.locksRows()) {
            bits |= Effect.LOCKS_ROWS.bit();
        }
        if (shape.writes()) {
            bits |= Effect.WRITES.bit();
        }
        if (stage == Stage.UNLISTEN && (effects & Effect.UNLISTEN_ALL.bit()) == 0) {
            bits |= Effect.UNLISTEN.bit();
        }
        if (stage == Stage.DEALLOCATE && (effects & Effect.DEALLOCATE_ALL.bit()) == 0) {
            bits |= Effect.DEALLOCATE.bit();
        }
        return bits;
    }

    private static OperationClass max(OperationClass a, OperationClass b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
