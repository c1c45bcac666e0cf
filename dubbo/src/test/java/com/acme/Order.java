package com.acme;

import java.io.Serializable;

/// An order of one article.
public class Order implements Serializable {
    private static final long serialVersionUID = 1;

    private long id;
    private String article = "";
    private int count;

    public long getId() { return id; }

    public void setId(long id) { this.id = id; }

    public String getArticle() { return article; }

    public void setArticle(String article) { this.article = article; }

    public int getCount() { return count; }

    public void setCount(int count) { this.count = count; }
}
