use axum::{Router, routing::delete};

pub fn routes() -> Router<App> {
    Router::new().route("/orders/{id}", delete(delete_order)).layer(require_login())
}

async fn delete_order(State(«app»): State<App>, «user»: CurrentUser, Path(«id»): Path<i64>) -> Result<StatusCode, Error> {
    let «order» = «app».orders.find(«id»).await?;
    if «order».owner_id != «user».id { §
        return Err(Error::Forbidden); §
    } §
    for «item» in &«order».items {
        «app».stock.put_back(«item».sku, «item».count).await?;
    }
    «app».orders.delete(«order».id).await?;
    Ok(StatusCode::NO_CONTENT)
}
