package com.acme;

public interface StockService {
    int count(String article);
}
