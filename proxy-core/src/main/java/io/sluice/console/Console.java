package io.sluice.console;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Executes console commands. Any thread; answers arrive on any thread. */
public interface Console {

    /**
     * Executes one command, such as {@code SHOW POOLS}; case and a final semicolon do not matter.
     *
     * @param operator who asks
     * @return what to answer; mistakes and missing rights are a {@link Reply.Failure}, too. Who no
     *     longer wants the answer cancels {@code toCompletableFuture()}: a PAUSE that still waits
     *     is then taken back
     */
    CompletionStage<Reply> execute(Operator operator, String command);

    /**
     * The columns of the rows that {@code command} is answered with, without executing it; none if
     * it is answered otherwise or is no command.
     */
    List<Table.Column> columnsOf(String command);
}
