package io.jigress.grpcjson.transcode;

/// Why a message could not be transcoded.
///
/// @param path of the field (`items[3].price`); empty for the message as a whole
/// @param what for people
/// @param limit whether it exceeds one of the limits
public record Invalid(String path, String what, boolean limit) {

    @Override
    public String toString() {
        return path.isEmpty() ? what : path + ": " + what;
    }
}
