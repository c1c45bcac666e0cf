package com.acme;

public interface OrderService {
    Order find(long id);

    Order place(Order order) throws OutOfStock;
}
