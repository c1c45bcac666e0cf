package io.jigress.dubbo.sample;

import java.io.Serializable;
import java.math.BigDecimal;

public class Item implements Serializable {
    private String name = "unnamed";
    private Integer count = 1;
    private BigDecimal price = BigDecimal.ONE;

    public String getName() { return name; }

    public void setName(String name) { this.name = name; }

    public Integer getCount() { return count; }

    public void setCount(Integer count) { this.count = count; }

    public BigDecimal getPrice() { return price; }

    public void setPrice(BigDecimal price) { this.price = price; }

    @Override
    public boolean equals(Object other) {
        return other instanceof Item item && item.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
