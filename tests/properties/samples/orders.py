from flask import abort, request


@app.route("/orders/<order_id>", methods=["DELETE"])
@login_required
def delete_order(order_id):
    «order» = Order.query.filter_by(id=order_id, tenant_id=g.tenant.id).first()
    if «order» is None:
        abort(404)
    if «order».owner_id != current_user.id: §
        abort(403) §
    «refund» = gateway.refund(«order».payment_id, idempotency_key=str(«order».id))
    for «item» in «order».items:
        stock.put_back(«item».sku, «item».count)
    audit.write("order deleted", «order».id, «refund».id)
    db.session.delete(«order»)
    db.session.commit()
    return jsonify(status="gone")
