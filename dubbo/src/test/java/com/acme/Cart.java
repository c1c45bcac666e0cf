package com.acme;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

public class Cart implements Serializable {
    private static final long serialVersionUID = 1;

    private String owner = "";
    private List<Order> orders = new ArrayList<>();

    public String getOwner() { return owner; }

    public void setOwner(String owner) { this.owner = owner; }

    public List<Order> getOrders() { return orders; }

    public void setOrders(List<Order> orders) { this.orders = orders; }
}
