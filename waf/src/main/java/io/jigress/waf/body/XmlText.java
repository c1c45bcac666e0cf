package io.jigress.waf.body;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// The text and the attribute values of an XML document. Neither DTDs nor external entities are read.
public final class XmlText {
    /// Bytes in which the declaration of the encoding is searched.
    private static final int DECLARATION = 256;
    private static final Pattern ENCODING = Pattern.compile("encoding\\s*=\\s*[\"']([A-Za-z0-9._-]{1,40})[\"']");

    private XmlText() {
    }

    /// Receives the content of a document.
    public interface Sink {
        /// The text of all elements, one after the other.
        void text(byte[] text);

        /// The value of one attribute.
        void attribute(byte[] value);
    }

    /// A document is read as text, since the parser writes to standard error where bytes do not fit their encoding.
    ///
    /// @param fault empty when there is none
    private record Decoded(String text, String fault) {
        static Decoded of(byte[] bytes, int from, int to) {
            String name = encoding(bytes, from, to);
            Charset charset;
            try {
                charset = Charset.forName(name);
            } catch (IllegalArgumentException _) {
                return new Decoded("", "the encoding " + name + " is not known");
            }
            String fault = "";
            CharBuffer text;
            try {
                text = charset.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
            } catch (CharacterCodingException _) {
                fault = "bytes that are not " + charset.name();
                text = charset.decode(ByteBuffer.wrap(bytes, from, to - from));
            }
            return new Decoded(!text.isEmpty() && text.charAt(0) == '\ufeff'
                    ? text.subSequence(1, text.length()).toString()
                    : text.toString(), fault);
        }

        /// By the byte order mark, the first bytes and the declaration, as XML 1.0 says in appendix F.
        private static String encoding(byte[] bytes, int from, int to) {
            int first = to - from < 2 ? 0 : (bytes[from] & 0xff) << 8 | bytes[from + 1] & 0xff;
            if (first == 0xfeff || first == 0x003c) {
                return "UTF-16BE";
            }
            if (first == 0xfffe || first == 0x3c00) {
                return "UTF-16LE";
            }
            String start = new String(bytes, from, Math.min(DECLARATION, to - from), StandardCharsets.ISO_8859_1);
            int end = start.indexOf("?>");
            Matcher declared = ENCODING.matcher(end < 0 ? "" : start.substring(0, end));
            return start.startsWith("<?xml") && declared.find() ? String.valueOf(declared.group(1)) : "UTF-8";
        }
    }

    /// Reads a document; returns the error, or null.
    public static @Nullable String parse(byte[] bytes, int from, int to, int maxDepth, Sink sink) {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        StringBuilder text = new StringBuilder();
        Decoded decoded = Decoded.of(bytes, from, to);
        String error = decoded.fault.isEmpty() ? null : "XML: " + decoded.fault;
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(decoded.text));
            int depth = 0;
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        if (++depth > maxDepth) {
                            throw new XMLStreamException("nesting deeper than " + maxDepth);
                        }
                        for (int i = 0; i < reader.getAttributeCount(); i++) {
                            sink.attribute(reader.getAttributeValue(i).getBytes(StandardCharsets.UTF_8));
                        }
                    }
                    case XMLStreamConstants.END_ELEMENT -> depth--;
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                        text.append(reader.getText());
                    default -> {
                    }
                }
            }
        } catch (XMLStreamException e) {
            error = error != null ? error : "XML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        }
        // Content before an error is evaluated too.
        sink.text(text.toString().getBytes(StandardCharsets.UTF_8));
        return error;
    }
}
