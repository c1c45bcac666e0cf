package io.jigress.dubbo.sample;

import java.io.Serializable;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

public class Order implements Serializable {
    private long id;
    private Long customer;
    private short shelf;
    private float weight;
    private char size = 'M';
    private Color color = Color.RED;
    private LocalDateTime placed;
    private List<Item> items;
    private Map<Color, Integer> stock;
    private Address address;

    public static class Address implements Serializable {
        private String city;
        private Byte floor;

        public String getCity() { return city; }

        public void setCity(String city) { this.city = city; }

        public Byte getFloor() { return floor; }

        public void setFloor(Byte floor) { this.floor = floor; }
    }

    public long getId() { return id; }

    public void setId(long id) { this.id = id; }

    public Long getCustomer() { return customer; }

    public void setCustomer(Long customer) { this.customer = customer; }

    public short getShelf() { return shelf; }

    public void setShelf(short shelf) { this.shelf = shelf; }

    public float getWeight() { return weight; }

    public void setWeight(float weight) { this.weight = weight; }

    public char getSize() { return size; }

    public void setSize(char size) { this.size = size; }

    public Color getColor() { return color; }

    public void setColor(Color color) { this.color = color; }

    public LocalDateTime getPlaced() { return placed; }

    public void setPlaced(LocalDateTime placed) { this.placed = placed; }

    public List<Item> getItems() { return items; }

    public void setItems(List<Item> items) { this.items = items; }

    public Map<Color, Integer> getStock() { return stock; }

    public void setStock(Map<Color, Integer> stock) { this.stock = stock; }

    public Address getAddress() { return address; }

    public void setAddress(Address address) { this.address = address; }
}
