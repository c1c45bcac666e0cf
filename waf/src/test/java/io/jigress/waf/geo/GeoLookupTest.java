package io.jigress.waf.geo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.FolderRuleFiles;
import io.jigress.waf.RuleSet;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.RuleSetResult;
import io.jigress.waf.Transaction;
import io.jigress.waf.WafLimits;
import io.jigress.waf.seclang.SecLangProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `@geoLookup` with files that were written by mmdb_writer of PyPI: places.mmdb has invented places of documentation networks, networks.mmdb has
/// autonomous systems.
class GeoLookupTest {
    private static final String ALL = "%{geo.country_code}|%{geo.country_code3}|%{geo.country_name}|%{geo.country_continent}|%{geo.region}"
            + "|%{geo.city}|%{geo.postal_code}|%{geo.latitude}|%{geo.longitude}|%{geo.dma_code}|%{geo.area_code}";
    private static final String RULES = """
            SecRuleEngine On
            SecGeoLookupDb %s
            SecRule REMOTE_ADDR "@geoLookup" "id:1,phase:1,pass,setvar:'tx.place=%s'"
            SecRule &GEO "@gt 0" "id:2,phase:1,pass,setvar:tx.known=1"
            SecRule GEO:COUNTRY_CODE "@streq GB" "id:3,phase:1,deny"
            """;

    @TempDir private Path folder;

    private void copy(String name) throws IOException {
        try (InputStream in = GeoLookupTest.class.getResourceAsStream(name)) {
            Files.copy(in, folder.resolve(name));
        }
    }

    private RuleSetResult load(String text) {
        return RuleSetLoader.load("rules.conf", text, new FolderRuleFiles(folder), WafLimits.DEFAULT, () -> 0);
    }

    private String refusal(String text) {
        RuleSetResult result = load(text);
        assertThat(result).isInstanceOf(RuleSetResult.Refused.class);
        return String.join("\n", ((RuleSetResult.Refused) result).problems().stream().map(SecLangProblem::toString).toList());
    }

    private static Transaction from(RuleSet rules, String address) {
        Transaction transaction = rules.begin();
        feed(transaction, address);
        return transaction;
    }

    private static void feed(Transaction transaction, String address) {
        transaction.connection(address, 40000, "192.0.2.2", 443, "0123456789abcdef");
        transaction.requestLine("GET", "/", "HTTP/1.1");
        transaction.requestHead();
    }

    @Test
    void theMembersOfGeoAreThoseOfTheAddress() throws IOException {
        copy("places.mmdb");
        RuleSet rules = (RuleSet) load(RULES.formatted("places.mmdb", ALL));

        Transaction british = from(rules, "192.0.2.7");
        assertThat(british.transactionField("place"))
                .isEqualTo("GB|GBR|United Kingdom|EU|ENG|Chester|CH1|53.190000|-2.890000||");
        assertThat(british.interruption()).isNotNull();
        assertThat(from(rules, "192.0.2.200").transactionField("place"))
                .isEqualTo("US|USA|United States|NA|NY|Albany|12207|42.650000|-73.750000|532|");
        assertThat(from(rules, "198.51.100.1").transactionField("place")).isEqualTo("DE|DEU|Germany||||||||");
        assertThat(from(rules, "2001:db8::1").transactionField("place"))
                .isEqualTo("FR|FRA|France|EU|IDF|Paris|75001|48.860000|2.350000||");
        assertThat(from(rules, "::ffff:192.0.2.7").transactionField("place")).startsWith("GB|");
    }

    @Test
    void anAddressThatIsNotKnownHasNoMembersAndDoesNotMatch() throws IOException {
        copy("places.mmdb");
        RuleSet rules = (RuleSet) load(RULES.formatted("places.mmdb", ALL));

        Transaction transaction = from(rules, "192.0.2.7");
        for (String unknown : new String[] {"203.0.113.1", "2001:db9::1", "", "no address", "192.0.2.7 ", "1".repeat(1000)}) {
            transaction.reset();
            feed(transaction, unknown);
            assertThat(transaction.transactionField("place")).as(unknown).isEmpty();
            assertThat(transaction.transactionField("known")).as(unknown).isEmpty();
            assertThat(transaction.interruption()).as(unknown).isNull();
        }
    }

    @Test
    void theLastLookUpCounts() throws IOException {
        copy("places.mmdb");
        RuleSet rules = (RuleSet) load("""
                SecRuleEngine On
                SecRule ARGS:a "@geoLookup" "id:1,phase:1,pass"
                SecRule ARGS:b "@geoLookup" "id:2,phase:1,pass"
                SecAction "id:3,phase:1,pass,setvar:tx.place=%{geo.country_code}"
                SecGeoLookupDb places.mmdb
                """);
        Transaction transaction = rules.begin();
        transaction.requestLine("GET", "/?a=192.0.2.7&b=198.51.100.1", "HTTP/1.1");
        transaction.requestHead();
        assertThat(transaction.transactionField("place")).isEqualTo("DE");
        transaction.reset();
        transaction.requestLine("GET", "/?a=192.0.2.7&b=203.0.113.1", "HTTP/1.1");
        transaction.requestHead();
        assertThat(transaction.transactionField("place")).isEmpty();
    }

    @Test
    void aFileIsFoundBesideTheRuleFileThatNamesIt() throws IOException {
        Files.createDirectories(folder.resolve("own"));
        copy("places.mmdb");
        Files.move(folder.resolve("places.mmdb"), folder.resolve("own/places.mmdb"));
        Files.writeString(folder.resolve("own/geo.conf"), RULES.formatted("places.mmdb", ALL));

        assertThat(from((RuleSet) load("Include own/geo.conf"), "192.0.2.7").interruption()).isNotNull();
    }

    @Test
    void withoutAUsableFileTheRulesAreRefusedWithTheReason() throws IOException {
        copy("networks.mmdb");
        copy("places.mmdb");
        byte[] whole = Files.readAllBytes(folder.resolve("places.mmdb"));
        Files.write(folder.resolve("half.mmdb"), Arrays.copyOf(whole, whole.length / 2));
        Files.write(folder.resolve("empty.mmdb"), new byte[0]);
        Files.createDirectory(folder.resolve("folder.mmdb"));
        Files.writeString(folder.resolve("text.mmdb"), "no database", StandardCharsets.UTF_8);

        assertThat(refusal("SecRule REMOTE_ADDR \"@geoLookup\" \"id:1,phase:1,pass\""))
                .contains("rules.conf:1:22: @geoLookup without SecGeoLookupDb");
        assertThat(refusal(RULES.formatted("missing.mmdb", "")))
                .contains("rules.conf:2:1: the file missing.mmdb of SecGeoLookupDb cannot be read").doesNotContain("\n");
        assertThat(refusal(RULES.formatted("../places.mmdb", ""))).contains("../places.mmdb of SecGeoLookupDb cannot be read");
        assertThat(refusal(RULES.formatted("folder.mmdb", ""))).contains("folder.mmdb of SecGeoLookupDb cannot be read");
        for (String broken : new String[] {"half.mmdb", "empty.mmdb", "text.mmdb"}) {
            assertThat(refusal(RULES.formatted(broken, "")))
                    .contains("rules.conf:2:1: the file " + broken + " of SecGeoLookupDb is not a database of places");
        }
        assertThat(refusal(RULES.formatted("networks.mmdb", ""))).contains("no record has a country, a city or a location");
    }

    @Test
    void aDamagedFileIsRefusedOrItsPlacesAreUnknown() throws IOException {
        copy("places.mmdb");
        byte[] whole = Files.readAllBytes(folder.resolve("places.mmdb"));
        Random random = new Random(22);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = folder.resolve("damaged.mmdb");
            Files.write(file, damaged);
            GeoDatabase database;
            try {
                database = GeoDatabase.read(file);
            } catch (IOException e) {
                assertThat(e.getMessage()).contains("is not a database of places");
                continue;
            }
            for (int last = 0; last < 256; last += 15) {
                byte[] address = {(byte) 192, 0, 2, (byte) last};
                byte[] text = Integer.toString(last).getBytes(StandardCharsets.US_ASCII);
                database.find(text, 0, text.length, (_, _, _) -> address);
            }
        }
    }

    @Test
    void ruleSetsShareAFileAndAChangedOneIsReadAgain() throws IOException {
        copy("places.mmdb");
        GeoDatabases databases = new GeoDatabases();
        GeoDatabase first = databases.get("a", 1, () -> GeoDatabase.read(folder.resolve("places.mmdb")));
        assertThat(databases.get("a", 1, () -> GeoDatabase.EMPTY)).isSameAs(first);
        assertThat(databases.get("a", 2, () -> GeoDatabase.EMPTY)).isSameAs(GeoDatabase.EMPTY);
    }
}
