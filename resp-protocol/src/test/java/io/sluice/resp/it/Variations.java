package io.sluice.resp.it;

import io.sluice.testbed.RedisBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes of a call that is right others which are mostly not. */
final class Variations {
    /** No number among them lets a server work long or block. */
    private static final List<byte[]> VALUES =
            List.of(
                    RedisBytes.bytes(""),
                    RedisBytes.bytes("0"),
                    RedisBytes.bytes("1"),
                    RedisBytes.bytes("-1"),
                    RedisBytes.bytes("7"),
                    RedisBytes.bytes("1000"),
                    RedisBytes.bytes("99999999999999999999"),
                    RedisBytes.bytes("1.5"),
                    RedisBytes.bytes("nan"),
                    RedisBytes.bytes("COUNT"),
                    RedisBytes.bytes("$5\r\nabc\r\n"),
                    new byte[] {0, -1, '\r', '\n', 7});

    private final SplittableRandom random;
    private final List<byte[]> keys;
    private final byte[] large;

    /**
     * @param keys names of the keys that there are
     * @param large a value that makes any command a long one
     */
    Variations(SplittableRandom random, Set<String> keys, byte[] large) {
        this.random = random;
        this.keys = keys.stream().sorted().map(RedisBytes::bytes).toList();
        this.large = large;
    }

    /** One that may have any arguments. */
    Call any(Call call) {
        var words = new ArrayList<>(call.words());
        switch (random.nextInt(7)) {
            case 0, 1 -> otherKey(words);
            case 2 -> drop(words);
            case 3 -> words.add(value());
            case 4 -> shuffle(words);
            case 5 -> words.set(0, anyCase(words.getFirst()));
            default -> {
                if (words.size() > 1) {
                    int place = 1 + random.nextInt(words.size() - 1);
                    // A long name of a subcommand is one of the known differences.
                    words.set(place, place == 1 ? smallValue() : value());
                }
            }
        }
        return call.with(words);
    }

    /** One with other keys, or an argument less: no number in it is another. */
    Call mild(Call call) {
        var words = new ArrayList<>(call.words());
        if (random.nextBoolean()) {
            otherKey(words);
        } else {
            drop(words);
        }
        return call.with(words);
    }

    private void otherKey(List<byte[]> words) {
        List<Integer> places = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            byte[] word = words.get(i);
            if (keys.stream().anyMatch(key -> Arrays.equals(key, word))) {
                places.add(i);
            }
        }
        if (!places.isEmpty()) {
            words.set(
                    places.get(random.nextInt(places.size())),
                    keys.get(random.nextInt(keys.size())));
        }
    }

    private void drop(List<byte[]> words) {
        if (words.size() > 1) {
            words.remove(1 + random.nextInt(words.size() - 1));
        }
    }

    private void shuffle(List<byte[]> words) {
        for (int i = words.size() - 1; i > 2; i--) {
            int other = 2 + random.nextInt(i - 1);
            byte[] kept = words.get(i);
            words.set(i, words.get(other));
            words.set(other, kept);
        }
    }

    private byte[] value() {
        return random.nextInt(20) == 0 ? large : smallValue();
    }

    private byte[] smallValue() {
        return VALUES.get(random.nextInt(VALUES.size()));
    }

    private byte[] anyCase(byte[] name) {
        byte[] changed = name.clone();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i] >= 'A' && changed[i] <= 'Z' && random.nextBoolean()) {
                changed[i] = (byte) (changed[i] + 'a' - 'A');
            }
        }
        return changed;
    }
}
