package io.jigress.dubbo.sample;

import java.io.Serializable;
import java.util.List;

public class Node implements Serializable {
    private int value;
    private Node next;
    private List<Node> children;

    public int getValue() { return value; }

    public void setValue(int value) { this.value = value; }

    public Node getNext() { return next; }

    public void setNext(Node next) { this.next = next; }

    public List<Node> getChildren() { return children; }

    public void setChildren(List<Node> children) { this.children = children; }
}
