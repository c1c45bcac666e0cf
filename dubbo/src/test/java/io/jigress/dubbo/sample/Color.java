package io.jigress.dubbo.sample;

public enum Color {
    RED, GREEN {
        @Override
        public String toString() {
            return "green";
        }
    }
}
