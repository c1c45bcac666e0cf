package io.jigress.dubbo.sample;

import java.io.Serializable;

public record Point(int x, Long y) implements Serializable {
}
