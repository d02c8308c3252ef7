package io.sluice.resp.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.command.MalformedCommands;
import io.sluice.resp.wire.RespVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server says of itself, and how clients hear of it. */
class GreetingTest {
    /** As Redis 8 has it: names are bytes, and what is in a module's map is not its greeting's. */
    private static final String RESP3 =
            "%7 $6 server $5 redis $7 version $5 8.0.3 $5 proto :3 $2 id :27 $4 mode $10 standalone"
                    + " $4 role $6 master $7 modules"
                    + " *2 %4 $4 name $2 bf $3 ver :80003 $4 path $8 /l/bf.so $4 args *2 $2 id :1"
                    + " %4 $4 name $4 v\u00e9\u0000c $3 ver :1 $4 path $0  $4 args *0 ";

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text.replace(" ", "\r\n"), ISO_8859_1);
    }

    private static String in(RespVersion version) {
        return version == RespVersion.RESP3
                ? RESP3
                : RESP3.replace("%7", "*14").replace("%4", "*8");
    }

    @ParameterizedTest
    @EnumSource
    void modulesAreToldInTheClientsVersionWhateverTheServersIs(RespVersion server) {
        Greeting greeting = Greeting.read(bytes(in(server)));

        assertThat(greeting.version()).isEqualTo("8.0.3");
        assertThat(greeting.id()).isEqualTo(27);
        for (RespVersion client : RespVersion.values()) {
            ByteBuf out = Unpooled.buffer();
            greeting.modules().write(out, client);
            String told = in(client);
            String modules = told.substring(told.indexOf("$7 modules ") + "$7 modules ".length());
            assertThat(out.toString(ISO_8859_1)).isEqualTo(bytes(modules).toString(ISO_8859_1));
        }
    }

    @Test
    void aServerNeedNotSayAnything() {
        assertThat(Greeting.read(bytes("%1 $5 other #t ")))
                .isEqualTo(new Greeting("", 0, Modules.NONE));
        assertThat(Greeting.read(bytes("*2 $7 version _ ")).version()).isEmpty();
        assertThat(Greeting.read(bytes("+OK "))).isEqualTo(new Greeting("", 0, Modules.NONE));
    }

    @Test
    void whatIsNoReplyIsNotTakenForOne() {
        assertThatThrownBy(() -> Greeting.read(bytes("%1 $7 version ")))
                .isInstanceOf(MalformedCommands.class);
    }
}
