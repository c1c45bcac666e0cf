package io.jigress.waf.body;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// The text and the attribute values of an XML document. Neither DTDs nor external entities are read.
public final class XmlText {
    private XmlText() {
    }

    /// Receives the content of a document.
    public interface Sink {
        /// The text of all elements, one after the other.
        void text(byte[] text);

        /// The value of one attribute.
        void attribute(byte[] value);
    }

    /// Reads a document; returns the error, or null.
    public static @Nullable String parse(byte[] bytes, int from, int to, int maxDepth, Sink sink) {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        StringBuilder text = new StringBuilder();
        String error = null;
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(bytes, from, to - from));
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
            error = "XML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        }
        // Content before an error is evaluated too.
        sink.text(text.toString().getBytes(StandardCharsets.UTF_8));
        return error;
    }
}
