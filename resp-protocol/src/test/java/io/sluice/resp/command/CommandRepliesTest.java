package io.sluice.resp.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.sluice.resp.wire.RespVersion;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is refused is taken out of a server's answers, and what stays is as it was. */
class CommandRepliesTest {
    private static final Set<String> REFUSED = Set.of("bad", "box bad");

    private static String filtered(
            RespVersion version, String reply, Function<CommandReplies, ByteBuf> how) {
        ByteBuf in = Unpooled.copiedBuffer(reply.replace(" ", "\r\n") + "\r\n", UTF_8);
        ByteBuf out =
                how.apply(
                        new CommandReplies(
                                UnpooledByteBufAllocator.DEFAULT,
                                version,
                                in,
                                name -> !REFUSED.contains(name)));
        assertThat(in.readerIndex()).isZero();
        assertThat(in.release()).isTrue();
        String text = out.toString(UTF_8).replace("\r\n", " ").strip();
        assertThat(out.release()).isTrue();
        return text;
    }

    @Test
    void takesCommandsOutOfAList() {
        String reply = "*3 *2 $4 good :1 *2 $3 bad :1 *2 +Fine :1";
        assertThat(filtered(RespVersion.RESP2, reply, replies -> replies.infos(false)))
                .isEqualTo("*2 *2 $4 good :1 *2 +Fine :1");
    }

    @Test
    void leavesANullWhereACommandWasAskedForByName() {
        String reply = "*3 *2 $4 good :1 *2 $3 bad :1 $-1";
        assertThat(filtered(RespVersion.RESP2, reply, replies -> replies.infos(true)))
                .isEqualTo("*3 *2 $4 good :1 $-1 $-1");
        assertThat(filtered(RespVersion.RESP3, "*2 *2 $3 BAD :1 _", replies -> replies.infos(true)))
                .isEqualTo("*2 _ _");
    }

    @Test
    void takesSubcommandsOutOfTheirContainer() {
        String front = "*10 $3 box :-2 ~0 :0 :0 :0 ~0 ~0 ~0 ";
        String reply = "*1 " + front + "*2 *10 $7 box|bad :2 ~0 :0 :0 :0 ~0 ~0 ~0 *0 *1 $6 box|ok";
        assertThat(filtered(RespVersion.RESP3, reply, replies -> replies.infos(false)))
                .isEqualTo("*1 " + front + "*1 *1 $6 box|ok");
    }

    @Test
    void takesDocumentationOutOfMapsOfBothVersions() {
        assertThat(
                        filtered(
                                RespVersion.RESP3,
                                "%3 $4 good %1 $5 since $1 1 $3 bad %0 $3 box %2 $5 since $1 1 $11 subcommands %2 $7 box|bad %0 $6 box|ok %0",
                                CommandReplies::docs))
                .isEqualTo(
                        "%2 $4 good %1 $5 since $1 1 $3 box %2 $5 since $1 1 $11 subcommands %1 $6 box|ok %0");
        assertThat(
                        filtered(
                                RespVersion.RESP2,
                                "*4 $3 bad *0 $3 box *2 $11 subcommands *4 $7 box|bad *0 $6 box|ok *0",
                                CommandReplies::docs))
                .isEqualTo("*2 $3 box *2 $11 subcommands *2 $6 box|ok *0");
    }

    @Test
    void takesNamesOutOfListsAndSets() {
        assertThat(
                        filtered(
                                RespVersion.RESP2,
                                "*3 $4 good $3 bad $7 box|bad",
                                CommandReplies::names))
                .isEqualTo("*1 $4 good");
        assertThat(filtered(RespVersion.RESP3, "~2 +bad +good", CommandReplies::names))
                .isEqualTo("~1 +good");
    }

    @Test
    void countsWhatIsLeft() {
        ByteBuf in = Unpooled.copiedBuffer("*2\r\n*1\r\n+bad\r\n*1\r\n+good\r\n", UTF_8);
        assertThat(
                        new CommandReplies(
                                        UnpooledByteBufAllocator.DEFAULT,
                                        RespVersion.RESP2,
                                        in,
                                        name -> !REFUSED.contains(name))
                                .count())
                .isEqualTo(1);
        in.release();
    }

    @Test
    void refusesWhatIsNoSuchReply() {
        for (String broken : new String[] {"+OK", "*1 :5", "*2 *1 $1 a", "*1 *1 $5 ab", "?"}) {
            assertThatThrownBy(() ->
                            filtered(RespVersion.RESP2, broken, replies -> replies.infos(false)))
                    .as(broken)
                    .isInstanceOf(MalformedCommands.class);
        }
    }
}
