package io.jigress.waf.operator;

/// The checksums of card and identity numbers.
final class Checksums {
    private Checksums() {
    }

    @FunctionalInterface
    interface Check {
        boolean passes(byte[] bytes, int from, int to);
    }

    /// Luhn's sum over the digits.
    static boolean isCardNumber(byte[] bytes, int from, int to) {
        int sum = 0;
        int digits = 0;
        for (int i = to - 1; i >= from; i--) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                continue;
            }
            int digit = bytes[i] - '0';
            if ((digits & 1) == 1) {
                digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
            }
            sum += digit;
            digits++;
        }
        return digits > 0 && sum % 10 == 0;
    }

    /// A social security number of the USA: area, group and serial are valid, and it is not a plain sequence or repetition.
    static boolean isSocialSecurityNumber(byte[] bytes, int from, int to) {
        int[] digits = digits(bytes, from, to, 9);
        if (digits.length != 9) {
            return false;
        }
        int area = digits[0] * 100 + digits[1] * 10 + digits[2];
        int group = digits[3] * 10 + digits[4];
        int serial = digits[5] * 1000 + digits[6] * 100 + digits[7] * 10 + digits[8];
        if (area == 0 || group == 0 || serial == 0 || area >= 740 || area == 666) {
            return false;
        }
        boolean sequence = true;
        boolean repetition = true;
        for (int i = 1; i < 9; i++) {
            sequence &= digits[i] == digits[i - 1] + 1;
            repetition &= digits[i] == digits[0];
        }
        return !sequence && !repetition;
    }

    /// A tax number of Brazil: two check digits modulo 11.
    static boolean isCpf(byte[] bytes, int from, int to) {
        int[] digits = digits(bytes, from, to, 11);
        if (digits.length != 11) {
            return false;
        }
        boolean repetition = true;
        for (int digit : digits) {
            repetition &= digit == digits[0];
        }
        return !repetition && cpfDigit(digits, 9) == digits[9] && cpfDigit(digits, 10) == digits[10];
    }

    private static int cpfDigit(int[] digits, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += digits[i] * (count + 1 - i);
        }
        int rest = sum % 11;
        return rest < 2 ? 0 : 11 - rest;
    }

    private static int[] digits(byte[] bytes, int from, int to, int count) {
        int[] digits = new int[count + 1];
        int found = 0;
        for (int i = from; i < to && found <= count; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                digits[found++] = bytes[i] - '0';
            }
        }
        return java.util.Arrays.copyOf(digits, Math.min(found, count + 1));
    }
}
