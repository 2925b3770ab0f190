class OrdersController < ApplicationController
  before_action :authenticate_user!

  def destroy
    «order» = Order.find(params[:id])
    return head :forbidden unless «order».owner_id == current_user.id §
    «order».items.each do |«item»|
      stock.put_back(«item».sku, «item».count)
    end
    Payment.transaction do
      «payment» = «order».payments.lock.last
      gateway.refund(«payment».id, amount: «payment».amount)
      «order».destroy!
    end
    redirect_to orders_path
  end

  def index
    «orders» = current_user.orders.where(archived: false).limit(50)
    render json: «orders»
  end
end
