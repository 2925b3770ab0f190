//! Sources that are made up: as many functions as asked for, in every language.
#![allow(dead_code)] // each benchmark uses a part of it

use afterclick::change::{Change, ChangedFile, Content, RepoPath, Side};

/// A path, what stands above and below the functions, and one function: `#` is its number, and the
/// line that begins with `?` is its guard.
const LANGUAGES: [(&str, &str, &str, &str); 10] = [
    (
        "orders.go",
        "package orders\n",
        "func Delete#(ctx *gin.Context) {\n\torder, err := store.Find(ctx, ctx.Param(\"id\"))\n\tif err != nil {\n\t\treturn\n\t}\n?\tif order.OwnerID != user(ctx).ID { ctx.AbortWithStatus(403); return }\n\tfor _, item := range order.Items {\n\t\tstock.PutBack(ctx, item.SKU, item.Count)\n\t}\n\tstore.Delete(ctx, order.ID)\n}\n",
        "",
    ),
    (
        "orders.py",
        "from flask import abort\n",
        "@app.route('/orders/#', methods=['DELETE'])\n@login_required\ndef delete_#(order_id):\n    order = Order.query.filter_by(id=order_id, tenant_id=g.tenant.id).first()\n?    if order.owner_id != current_user.id: abort(403)\n    for item in order.items:\n        stock.put_back(item.sku, item.count)\n    db.session.delete(order)\n    db.session.commit()\n",
        "",
    ),
    (
        "orders_controller.rb",
        "class OrdersController < ApplicationController\n  before_action :authenticate_user!\n",
        "  def destroy_#\n    order = Order.find(params[:id])\n?    return head :forbidden unless order.owner_id == current_user.id\n    order.items.each { |item| stock.put_back(item.sku, item.count) }\n    order.destroy!\n    redirect_to orders_path\n  end\n",
        "end\n",
    ),
    (
        "orders.ts",
        "import { db, router } from './app';\n",
        "router.delete('/orders/#/:id', requireLogin, async (req, res) => {\n  const order = await db.order.findUnique({ where: { id: req.params.id, tenantId: req.tenant.id } });\n?  if (order.ownerId !== req.user.id) { return res.status(403).end(); }\n  for (const item of order.items) { await stock.putBack(item.sku, item.count); }\n  await db.order.delete({ where: { id: order.id } });\n  return res.status(204).end();\n});\n",
        "",
    ),
    (
        "OrderController.java",
        "package shop;\n@RestController\npublic class OrderController {\n",
        "  @DeleteMapping(\"/orders/#/{id}\")\n  public void delete#(@PathVariable Long id, Principal principal) {\n    Order order = orders.findById(id).orElseThrow();\n?    if (!order.getOwner().equals(principal.getName())) { throw new AccessDeniedException(\"no\"); }\n    for (Item item : order.getItems()) { stock.putBack(item.getSku(), item.getCount()); }\n    orders.delete(order);\n  }\n",
        "}\n",
    ),
    (
        "OrderController.php",
        "<?php\nclass OrderController extends Controller\n{\n",
        "  public function destroy#(Request $request, int $id)\n  {\n    $order = Order::where('tenant_id', $request->user()->tenant_id)->findOrFail($id);\n?    if ($order->owner_id !== $request->user()->id) { abort(403); }\n    foreach ($order->items as $item) { $this->stock->putBack($item->sku, $item->count); }\n    $order->delete();\n  }\n",
        "}\n",
    ),
    (
        "OrderController.cs",
        "namespace Shop;\npublic class OrderController : ControllerBase\n{\n",
        "  [HttpDelete(\"#/{id}\")]\n  public async Task<IActionResult> Delete#(int id)\n  {\n    var order = await _orders.FindAsync(id);\n?    if (order.OwnerId != User.GetUserId()) { return Forbid(); }\n    foreach (var item in order.Items) { _stock.PutBack(item.Sku, item.Count); }\n    _orders.Remove(order);\n    return NoContent();\n  }\n",
        "}\n",
    ),
    (
        "orders.rs",
        "use axum::Router;\n",
        "async fn delete_#(State(app): State<App>, user: CurrentUser, Path(id): Path<i64>) -> Result<StatusCode, Error> {\n    let order = app.orders.find(id).await?;\n?    if order.owner_id != user.id { return Err(Error::Forbidden); }\n    for item in &order.items { app.stock.put_back(item.sku, item.count).await?; }\n    app.orders.delete(order.id).await?;\n    Ok(StatusCode::NO_CONTENT)\n}\n",
        "",
    ),
    (
        "orders.sql",
        "",
        "CREATE TABLE orders_# (id bigint PRIMARY KEY, owner_id bigint NOT NULL, total numeric(12, 2) NOT NULL);\nCREATE INDEX ON orders_# (owner_id);\n?ALTER TABLE orders_# ADD CONSTRAINT total_# CHECK (total >= 0);\n",
        "",
    ),
    (
        "orders.yaml",
        "services:\n",
        "  service_#:\n    image: registry.example.com/orders:1.#\n    restart: always\n?    read_only: true\n    environment:\n      - LOG_LEVEL=info\n      - PORT=80#\n    ports: [\"80#:80\"]\n",
        "",
    ),
];

/// How the languages are told apart.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|it| it.0)
}

/// A source of so many functions; each `unguarded`-th one has no guard, 0 for none.
pub(crate) fn source(path: &str, functions: usize, unguarded: usize) -> String {
    let (_, above, function, below) = LANGUAGES.iter().find(|it| it.0 == path).unwrap();
    let mut out = (*above).to_owned();
    for number in 0..functions {
        let bare = unguarded > 0 && number % unguarded == 0;
        for line in function.lines() {
            let (line, is_guard) = match line.strip_prefix('?') {
                Some(line) => (line, true),
                None => (line, false),
            };
            if !(bare && is_guard) {
                out.push_str(&line.replace('#', &number.to_string()));
                out.push('\n');
            }
        }
    }
    out.push_str(below);
    out
}

/// A change of so many files, in all languages by turns; in each the first guard is gone.
pub(crate) fn change(files: usize, functions: usize) -> Change {
    let side = |text: String| {
        Some(Side {
            mode: 0o100_644,
            content: Content::Text(text),
        })
    };
    let file = |(number, path): (usize, &str)| ChangedFile {
        path: RepoPath::from(format!("src/part{number}/{path}").as_str()),
        base_path: None,
        before: side(source(path, functions, 0)),
        after: side(source(path, functions, functions)),
    };
    let paths: Vec<&str> = paths().collect();
    Change {
        base: "before".to_owned(),
        head: "after".to_owned(),
        files: paths
            .iter()
            .copied()
            .cycle()
            .take(files)
            .enumerate()
            .map(file)
            .collect(),
    }
}
