package io.sluice.resp.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.wire.BrokenProtocol;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PushTest {
    private final Push push = new Push();

    private void set(String bytes) {
        ByteBuf in = Unpooled.copiedBuffer("before" + bytes, StandardCharsets.ISO_8859_1);
        push.set(in, 6);
    }

    private String text(int element) {
        return push.in()
                .toString(push.start(element), push.length(element), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({
        "subscribe,SUBSCRIBED,CHANNEL",
        "psubscribe,SUBSCRIBED,PATTERN",
        "ssubscribe,SUBSCRIBED,SHARD_CHANNEL",
        "unsubscribe,UNSUBSCRIBED,CHANNEL",
        "punsubscribe,UNSUBSCRIBED,PATTERN",
        "sunsubscribe,UNSUBSCRIBED,SHARD_CHANNEL",
        "message,MESSAGE,CHANNEL",
        "smessage,MESSAGE,SHARD_CHANNEL"
    })
    void readsWhatAServerSays(String word, Push.Word expected, SubscriptionKind kind) {
        set(">3\r\n$%d\r\n%s\r\n$2\r\nch\r\n$1\r\n1\r\n".formatted(word.length(), word));
        assertThat(push.word()).isEqualTo(expected);
        assertThat(push.kind()).isEqualTo(kind);
        assertThat(text(push.topic())).isEqualTo("ch");
    }

    @Test
    void tellsPatternChannelAndPayloadApart() {
        set(">4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$0\r\n\r\n");
        assertThat(push.word()).isEqualTo(Push.Word.MESSAGE);
        assertThat(push.kind()).isEqualTo(SubscriptionKind.PATTERN);
        assertThat(text(push.topic())).isEqualTo("n*");
        assertThat(text(push.channel())).isEqualTo("news");
        assertThat(text(push.payload())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n",
                ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n:1\r\n",
                ">3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n",
                ">1\r\n:1\r\n"
            })
    void whatIsMadeOtherwiseIsNotAboutSubscriptions(String bytes) {
        set(bytes);
        assertThat(push.word()).isEqualTo(Push.Word.OTHER);
    }

    @Test
    void attributesAreNotExpected() {
        assertThatThrownBy(() -> set("|1\r\n+a\r\n+b\r\n>1\r\n+x\r\n"))
                .isInstanceOf(BrokenProtocol.class);
    }
}
